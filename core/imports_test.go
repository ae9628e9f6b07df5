package core

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "inkwell"

// A source is a file of the module and what it imports.
type source struct {
	file, dir, pkg string // slash-separated, from the module's root
	imports        []string
}

// sources parses every Go file of the module, whatever its build tags.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir("..", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			if name != ".." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" || base == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(base) != ".go" {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		file := strings.TrimPrefix(filepath.ToSlash(name), "../")
		s := source{file: file, dir: path.Dir(file), pkg: f.Name.Name}
		for _, i := range f.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, imported)
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// rules reads the list in doc.go: package → what it may import.
func rules(t *testing.T) map[string][]string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	_, list, found := strings.Cut(f.Doc.Text(), "# Who may import whom")
	if !found {
		t.Fatal("doc.go has no list of who may import whom")
	}
	may := map[string][]string{}
	for line := range strings.Lines(list) {
		if rule, indented := strings.CutPrefix(line, "\t"); indented {
			pkg, imports, _ := strings.Cut(rule, ":")
			may[pkg] = strings.Fields(imports)
		}
	}
	return may
}

// browser lists what core may not know of. (Standard packages such as fmt
// depend on syscall/js in their builds for the browser: what counts is the
// import clause.)
func browser(imported string) bool {
	return imported == "syscall/js" || strings.HasPrefix(imported, "github.com/hajimehoshi/ebiten")
}

func TestImports(t *testing.T) {
	all := sources(t)
	may := rules(t)
	commands := map[string]bool{}
	for _, s := range all {
		if s.pkg == "main" {
			commands[s.dir] = true
		}
	}
	for _, s := range all { // a generator beside a library is no command
		if s.pkg != "main" && !strings.HasSuffix(s.file, "_test.go") {
			delete(commands, s.dir)
		}
	}
	for _, s := range all {
		test := strings.HasSuffix(s.file, "_test.go")
		inCore := strings.HasPrefix(s.file, "core/")
		allowed, listed := may[s.dir]
		if inCore && s.dir != "core" && !listed && !commands[s.dir] {
			t.Errorf("%s: package %s is not on the list in core/doc.go", s.file, s.dir)
		}
		for _, imported := range s.imports {
			if inCore && browser(imported) {
				t.Errorf("%s imports %s", s.file, imported)
			}
			if imported == "C" && s.dir != "core/internal/kernel/openblas" { // a mark to measure against, behind a tag
				t.Errorf("%s uses cgo", s.file)
			}
			own, ok := strings.CutPrefix(imported, module+"/")
			if !ok {
				continue
			}
			if commands[own] {
				t.Errorf("%s imports the command %s", s.file, own)
			}
			if test {
				continue
			}
			if own == "core/internal/check" {
				t.Errorf("%s, which is no test, imports %s", s.file, own)
			}
			if listed && !slices.Contains(allowed, own) {
				t.Errorf("%s imports %s; core/doc.go allows %s no more than %v", s.file, own, s.dir, allowed)
			}
		}
	}
}

// The list has no circle and names no package that is not on it.
func TestRulesDescend(t *testing.T) {
	may := rules(t)
	if len(may) < 5 {
		t.Fatalf("the list in doc.go has %d packages", len(may))
	}
	var visit func(pkg string, path []string)
	visit = func(pkg string, path []string) {
		if slices.Contains(path, pkg) {
			t.Fatalf("the list goes in a circle: %v", append(path, pkg))
		}
		for _, i := range may[pkg] {
			if _, listed := may[i]; !listed {
				t.Errorf("%s may import %s, which is not listed", pkg, i)
			}
			visit(i, append(path, pkg))
		}
	}
	for pkg := range may {
		visit(pkg, nil)
	}
}
