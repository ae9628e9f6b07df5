// Package web_test opens the page in a real Chromium, through its real files.
// `make` builds what it needs. Without Chromium the tests are skipped, except
// where CI is set: there they fail.
package web_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"inkwell/core/energy"
)

var browser context.Context

func TestMain(m *testing.M) {
	found := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			found = path
			break
		}
	}
	if found == "" {
		if os.Getenv("CI") != "" {
			fmt.Fprintln(os.Stderr, "no Chromium: the page is not tested")
			os.Exit(1)
		}
		fmt.Println("SKIP: no Chromium: the page is not tested")
		os.Exit(0)
	}
	for _, name := range []string{"worker.wasm", "worker-scalar.wasm", "stage.wasm", "wasm_exec.js"} {
		if _, err := os.Stat(name); err != nil {
			fmt.Fprintln(os.Stderr, err, "— run make build first")
			os.Exit(1)
		}
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(found),
		chromedp.Flag("use-angle", "swiftshader"), chromedp.Flag("enable-unsafe-swiftshader", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-renderer-backgrounding", true), chromedp.Flag("disable-backgrounding-occluded-windows", true))
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(alloc)
	if _, err := chromedp.Run(ctx, chromedp.Navigate("about:blank")); err != nil {
		fmt.Fprintln(os.Stderr, "Chromium does not start:", err)
		os.Exit(1)
	}
	browser = ctx
	code := m.Run()
	stop()
	stopAlloc()
	os.Exit(code)
}

// watch runs before anything of the page: it keeps errors and long tasks.
const watch = `
window.errors = [];
addEventListener('error', e => errors.push('error: ' + (e.message || e.target.src)), true);
addEventListener('unhandledrejection', e => errors.push('rejection: ' + e.reason));
for (const level of ['error', 'warn']) {
  const real = console[level];
  console[level] = (...a) => { errors.push(level + ': ' + a.join(' ')); real.apply(console, a); };
}
window.longTasks = [];
new PerformanceObserver(list => { for (const e of list.getEntries()) longTasks.push({start: e.startTime, duration: e.duration}); }).observe({type: 'longtask', buffered: true});
// settled waits until every chain has finished its first life.
window.settled = async () => {
  for (;;) {
    const p = await inkwell.pixels();
    if (p.epoch === inkwell.epoch && p.tiles.every(t => t && t.status === 'finished' && t.life === 0)) {
      let s = '';
      for (const v of p.pixels) s += String.fromCharCode(v);
      return {pixels: btoa(s), count: p.tiles.length, energies: p.tiles.map(t => t.energy)};
    }
    await new Promise(r => setTimeout(r, 40));
  }
};
`

// site serves the repository's root, with a script before the page's own, and
// some paths replaced.
type site struct {
	inject string
	broken map[string]func(w http.ResponseWriter)
}

func (s site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f := s.broken[r.URL.Path]; f != nil {
		f(w)
		return
	}
	if r.URL.Path == "/" {
		page, err := os.ReadFile("../index.html")
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, strings.Replace(string(page), "<head>", "<head><script>"+watch+s.inject+"</script>", 1))
		return
	}
	http.FileServer(http.Dir("..")).ServeHTTP(w, r)
}

type page struct {
	t   *testing.T
	ctx context.Context
	url string
}

// open opens the page in a fresh tab.
func open(t *testing.T, s site, hash string, width, height int64) *page {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	ctx, stop := chromedp.NewContext(browser)
	t.Cleanup(stop)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	p := &page{t, ctx, server.URL + "/"}
	if _, err := chromedp.Run(ctx, chromedp.EmulateViewport(width, height)); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Run(ctx, chromedp.Navigate(p.url+hash)); err != nil {
		t.Fatal(err)
	}
	return p
}

// eval evaluates JavaScript, a promise's value if it is one.
func eval[T any](p *page, js string) T {
	p.t.Helper()
	yes := true
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](js, func(e *runtime.EvaluateParams) { e.AwaitPromise = &yes }))
	if err != nil {
		p.t.Fatalf("%s: %v", js, err)
	}
	return v
}

// until waits for a condition in the page.
func (p *page) until(js string) {
	p.t.Helper()
	deadline := time.Now().Add(90 * time.Second)
	for !eval[bool](p, "Boolean("+js+")") {
		if time.Now().After(deadline) {
			p.t.Fatalf("never true: %s; message %q, errors %v, stats %s", js, eval[string](p, "document.getElementById('message').textContent"),
				eval[[]string](p, "errors"), eval[string](p, "JSON.stringify(inkwell.stats)"))
		}
		time.Sleep(50 * time.Millisecond) // between polls; what ends the wait is the state
	}
}

func (p *page) quiet() {
	p.t.Helper()
	if errors := eval[[]string](p, "errors"); len(errors) > 0 {
		p.t.Errorf("the console shows %q", errors)
	}
}

type picture struct {
	Pixels   string
	Count    int
	Energies []float64
}

func (p *page) settled() (pixels []byte, shown picture) {
	p.t.Helper()
	p.until("window.inkwell && inkwell.stats && inkwell.stats.frames > 0")
	shown = eval[picture](p, "settled()")
	pixels, err := base64.StdEncoding.DecodeString(shown.Pixels)
	if err != nil || len(pixels) != shown.Count*energy.Pixels {
		p.t.Fatalf("%d bytes of pixels for %d tiles, %v", len(pixels), shown.Count, err)
	}
	return pixels, shown
}

// judge classifies what is on the tiles with a net that is not the model.
func judge(t *testing.T, pixels []byte) []int {
	t.Helper()
	b, err := os.ReadFile("../weights/judge.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	net, err := energy.Load(b)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, len(pixels))
	for i, v := range pixels {
		x[i] = float32(v)/127.5 - 1
	}
	n := len(x) / energy.Pixels
	each, e := make([]float64, n*energy.Classes), make([]float64, n)
	any := energy.Marginal(energy.Classes)
	net.NewBatch(n).Grad(nil, e, each, x, func(int) energy.Formula { return any })
	out := make([]int, n)
	for i := range out {
		for y := range energy.Classes {
			if each[i*energy.Classes+y] < each[i*energy.Classes+out[i]] {
				out[i] = y
			}
		}
	}
	return out
}

// TestDigits: the plain address shows digits of many kinds, all by itself.
func TestDigits(t *testing.T) {
	p := open(t, site{}, "", 1280, 900)
	pixels, shown := p.settled()
	if shown.Count < 64 {
		t.Errorf("%d tiles", shown.Count)
	}
	seen := map[int]int{}
	for _, y := range judge(t, pixels) {
		seen[y]++
	}
	if len(seen) < 8 {
		t.Errorf("64 digits are of %d kinds only: %v", len(seen), seen)
	}
	ink := 0
	for _, v := range pixels {
		if v > 127 {
			ink++
		}
	}
	if share := float64(ink) / float64(len(pixels)); !(share > 0.06 && share < 0.25) { // MNIST: 0.13
		t.Errorf("%.0f %% of the pixels are ink", 100*share)
	}
	p.quiet()
}

// TestLink: one class by its link, twice, is the asked digit and the same
// picture; another seed is another picture.
func TestLink(t *testing.T) {
	var first []byte
	for range 2 {
		p := open(t, site{}, "#class=3&guidance=6&steps=120&seed=7", 1280, 900)
		pixels, _ := p.settled()
		right := 0
		for _, y := range judge(t, pixels) {
			if y == 3 {
				right++
			}
		}
		if right < 56 {
			t.Errorf("%d of 64 tiles are a 3", right)
		}
		if first != nil && !bytes.Equal(first, pixels) {
			t.Error("the same link shows another picture")
		}
		first = pixels
		if got := eval[string](p, "document.querySelector('#class input:checked').value + ' ' + document.getElementById('seed').value"); got != "3 7" {
			t.Errorf("the controls show %q", got)
		}
		p.quiet()
	}
	p := open(t, site{}, "#class=3&guidance=6&steps=120&seed=8", 1280, 900)
	if pixels, _ := p.settled(); bytes.Equal(first, pixels) {
		t.Error("another seed shows the same picture")
	}
}

// TestControls moves every control and looks for it in the address.
func TestControls(t *testing.T) {
	p := open(t, site{}, "", 1280, 900)
	p.until("window.inkwell && inkwell.stats && inkwell.stats.frames > 0")
	for name, value := range map[string]string{
		"guidance": "7", "temperature": "0.1", "stepSize": "0.03", "steps": "40", "speed": "30", "seed": "42",
	} {
		eval[bool](p, fmt.Sprintf(`(() => { const c = document.getElementById('%s'); c.value = '%s'; c.dispatchEvent(new Event('input', {bubbles: true})); return true })()`, name, value))
		p.until(fmt.Sprintf("new URLSearchParams(location.hash.slice(1)).get('%s') === '%s'", name, value))
	}
	eval[bool](p, "(document.querySelector('#class input[value=\"5\"]').click(), true)")
	p.until("new URLSearchParams(location.hash.slice(1)).get('class') === '5'")
	eval[bool](p, "(document.getElementById('play').click(), true)")
	p.until("inkwell.state.paused === 1 && document.getElementById('play').textContent === 'Play'")
	p.until("inkwell.stats.selected && inkwell.stats.epoch === inkwell.epoch")
	at := eval[string](p, `new Promise(done => { let last; const look = () => { const now = JSON.stringify(inkwell.stats.selected); if (now === last) done(now); else { last = now; setTimeout(look, 600); } }; look(); })`)
	eval[bool](p, "(document.getElementById('step').click(), true)")
	p.until(fmt.Sprintf("JSON.stringify(inkwell.stats.selected) !== %q", at))
	epoch := eval[int](p, "inkwell.epoch")
	eval[bool](p, "(document.getElementById('restart').click(), true)")
	p.until(fmt.Sprintf("inkwell.epoch > %d && inkwell.stats.epoch === inkwell.epoch", epoch))
	eval[bool](p, `(document.querySelectorAll('#tiles button')[0].focus(), document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true})), true)`)
	p.until("inkwell.state.tile === 1 && inkwell.stats.selected && inkwell.stats.selected.tile === 1")
	p.quiet()
}

// TestFailures provokes each failure the page has an answer to.
func TestFailures(t *testing.T) {
	message := "!document.getElementById('message').hidden && document.getElementById('message').textContent"
	t.Run("no SIMD", func(t *testing.T) {
		p := open(t, site{inject: "WebAssembly.validate = () => false;"}, "#steps=10", 1280, 900)
		p.until("window.inkwell && inkwell.simd === false && inkwell.stats && inkwell.stats.finished > 0")
		if !eval[bool](p, "performance.getEntriesByType('resource').some(e => e.name.endsWith('worker-scalar.wasm'))") {
			t.Error("the scalar worker was not loaded")
		}
	})
	t.Run("no WebGL 2", func(t *testing.T) {
		p := open(t, site{inject: "HTMLCanvasElement.prototype.getContext = () => null;"}, "", 1280, 900)
		p.until(message + ".includes('WebGL')")
		p.until("getComputedStyle(document.getElementById('still')).opacity === '1'")
	})
	t.Run("no WebAssembly", func(t *testing.T) {
		p := open(t, site{inject: "delete window.WebAssembly;"}, "", 1280, 900)
		p.until(message + ".includes('WebAssembly')")
	})
	t.Run("program missing", func(t *testing.T) {
		p := open(t, site{broken: map[string]func(http.ResponseWriter){"/web/worker.wasm": func(w http.ResponseWriter) { w.WriteHeader(404) }}}, "", 1280, 900)
		p.until(message + ".includes('404')")
	})
	t.Run("weights damaged", func(t *testing.T) {
		b, err := os.ReadFile("../weights/inkwell.safetensors")
		if err != nil {
			t.Fatal(err)
		}
		p := open(t, site{broken: map[string]func(http.ResponseWriter){"/weights/inkwell.safetensors": func(w http.ResponseWriter) { _, _ = w.Write(b[:len(b)/2]) }}}, "", 1280, 900)
		p.until(message + ".includes('damaged')")
	})
	t.Run("worker dies", func(t *testing.T) {
		p := open(t, site{}, "#steps=30", 1280, 900)
		p.until("window.inkwell && inkwell.stats && inkwell.stats.frames > 0")
		eval[bool](p, "(window.lost = inkwell.workers[0], lost.dispatchEvent(new ErrorEvent('error', {message: 'provoked'})), true)")
		p.until("inkwell.workers[0] !== lost && inkwell.workers[0].ready")
		p.until("inkwell.stats.finished > 0 || inkwell.stats.running > 0")
		p.settled()
	})
	t.Run("absurd knobs", func(t *testing.T) {
		p := open(t, site{}, "#stepSize=1000&temperature=1000&steps=200", 1280, 900)
		p.until("window.inkwell && inkwell.stats && inkwell.stats.notFinite > 0")
		eval[bool](p, "(location.hash = '#steps=20', true)")
		p.until("inkwell.stats.epoch === inkwell.epoch && inkwell.stats.notFinite === 0 && inkwell.stats.finished > 0")
		p.quiet()
	})
	t.Run("nonsense in the address", func(t *testing.T) {
		p := open(t, site{}, "#class=99&seed=-4&steps=abc&tile=1e9&foo=%00", 1280, 900)
		p.until("window.inkwell && inkwell.stats && inkwell.stats.frames > 0")
		p.quiet()
	})
}

// TestSizes: no sideways scrolling, and fewer tiles on a small phone.
func TestSizes(t *testing.T) {
	for _, size := range [][2]int64{{360, 740}, {768, 1024}, {1920, 1080}} {
		p := open(t, site{}, "", size[0], size[1])
		p.until("window.inkwell && inkwell.stats && inkwell.stats.frames > 0")
		if over := eval[int](p, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
			t.Errorf("%d pixels wide: %d pixels of it stick out", size[0], over)
		}
		tiles := eval[int](p, "document.querySelectorAll('#tiles button').length")
		if phone := size[0] < 480; phone != (tiles < 64) {
			t.Errorf("%d pixels wide: %d tiles", size[0], tiles)
		}
		unnamed := eval[int](p, `[...document.querySelectorAll('input, select, button')].filter(e => !(e.labels?.length || e.ariaLabel || e.textContent.trim())).length`)
		if unnamed > 0 {
			t.Errorf("%d controls have no name", unnamed)
		}
	}
}

// TestBudget prints how fast the page is. Absolute times are a matter of the
// machine, so they are not judged here.
func TestBudget(t *testing.T) {
	p := open(t, site{}, "", 1280, 900)
	p.until("window.inkwell && inkwell.stats && inkwell.stats.frames > 0")
	first := eval[float64](p, "performance.now()")
	p.settled()
	all := eval[float64](p, "performance.now()")
	tasks := eval[[]struct{ Start, Duration float64 }](p, "longTasks")
	worst, late := 0.0, 0
	for _, task := range tasks {
		if task.Start > first {
			late++
			worst = max(worst, task.Duration)
		}
	}
	t.Logf("first moving picture before %.2f s, 64 chains finished before %.2f s, main-thread tasks over 50 ms while they ran: %d, the longest %.0f ms",
		first/1000, all/1000, late, worst)
}

// TestShots takes pictures of the page, light and dark, which must differ; it
// keeps them in the folder that SHOTS names, if any.
func TestShots(t *testing.T) {
	dir := os.Getenv("SHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, size := range map[string][2]int64{"phone": {360, 740}, "desktop": {1280, 900}} {
		var paper []string
		for _, scheme := range []string{"light", "dark"} {
			p := open(t, site{}, "", size[0], size[1])
			if _, err := chromedp.Run(p.ctx, func(ctx context.Context, target *chromedp.Target) (cdp.Empty, error) {
				return cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
					Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
				})
			}); err != nil {
				t.Fatal(err)
			}
			p.settled()
			paper = append(paper, eval[string](p, "getComputedStyle(document.documentElement).backgroundColor + getComputedStyle(document.body).backgroundColor"))
			b, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name+"-"+scheme+".png"), b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if paper[0] == paper[1] {
			t.Errorf("%s: light and dark are both %s", name, paper[0])
		}
	}
}

// TestDownload weighs what a first visit loads, as a static host sends it.
func TestDownload(t *testing.T) {
	total := 0
	for _, name := range []string{"../index.html", "style.css", "app.js", "settings.js", "stage.html", "stage.js", "worker.js", "wasm_exec.js",
		"still.png", "stage.wasm", "worker.wasm", "../weights/inkwell.safetensors"} {
		packed, err := exec.Command("gzip", "-6", "-c", name).Output() // static hosts use zlib; Go's own gzip packs some 4 % worse
		if err != nil {
			t.Fatalf("gzip %s: %v", name, err)
		}
		total += len(packed)
	}
	t.Logf("the first visit loads %.2f MB, compressed", float64(total)/1e6)
	if total > 4_500_000 {
		t.Errorf("the first visit loads %d bytes, more than 4.5 MB", total)
	}
}
