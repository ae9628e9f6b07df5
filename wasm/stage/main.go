//go:build js

// Stage draws the page's picture with Ebitengine, in a frame of its own: the
// grid of chains, the selected one enlarged, and the energies of all against
// their steps. Frames come straight from the workers, one MessagePort each,
// laid out as wasm/worker/frame.go says; layout, colours and selection come
// from the page as window messages. All state that matters is the page's.
package main

import (
	"image"
	"syscall/js"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
)

// stage implements ebiten.Game.
type stage struct {
	cols, rows int
	steps      int
	epoch      uint32
	selected   int
	dark       bool
	band       [2]float64 // energies of most real digits
	hasBand    bool
	tiles      []tile

	ports  []js.Value // by worker
	owed   []int      // acknowledgements, by worker
	buffer []byte     // for one frame

	changed bool            // since the last drawing
	drawn   image.Rectangle // the screen at the last drawing
	grid    *ebiten.Image
	canvas  []byte // of grid
	plot    plot

	frames    int
	fresh     bool // something to report
	reporting bool // and soon will be
}

// A tile is what is known of a chain.
type tile struct {
	seen               bool
	life, step, status uint32
	energy             float32
	beliefs            [10]float32
	pixels             [side * side]byte
	history            []float32 // energy by step; NaN where not seen
}

// What a chain is doing, as in wasm/worker.
const (
	running = iota
	finished
	notFinite
)

func main() {
	s := &stage{}
	s.layout(8, 8, 90, 0)
	global := js.Global()
	global.Set("inkwellStage", map[string]any{
		"message": js.FuncOf(func(_ js.Value, args []js.Value) any {
			s.message(args[0])
			return nil
		}),
		"pixels": js.FuncOf(func(js.Value, []js.Value) any { return s.export() }),
	})
	s.tell(map[string]any{"type": "ready"})
	ebiten.SetTPS(ebiten.SyncWithFPS)
	ebiten.SetScreenClearedEveryFrame(false)
	ebiten.SetFPSMode(ebiten.FPSModeVsyncOffMinimum) // draw when told to
	if err := ebiten.RunGameWithOptions(s, &ebiten.RunGameOptions{InitUnfocused: true}); err != nil {
		s.tell(map[string]any{"type": "fatal", "message": err.Error()})
	}
}

// tell sends a message to the page.
func (s *stage) tell(m map[string]any) {
	js.Global().Get("parent").Call("postMessage", m, js.Global().Get("location").Get("origin"))
}

// message obeys the page.
func (s *stage) message(m js.Value) {
	s.changed = true
	defer ebiten.ScheduleFrame()
	switch m.Get("type").String() {
	case "layout":
		s.layout(m.Get("cols").Int(), m.Get("rows").Int(), m.Get("steps").Int(), uint32(m.Get("epoch").Int()))
	case "view":
		s.dark, s.selected = m.Get("dark").Bool(), m.Get("selected").Int()
		s.fresh = true
		s.report()
	case "band":
		s.band = [2]float64{m.Get("low").Float(), m.Get("high").Float()}
		s.hasBand = true
	case "port":
		s.connect(m.Get("id").Int(), m.Get("port"))
	}
}

// layout starts a new epoch: the tiles keep what they show until their new
// chains report, if there are as many as before.
func (s *stage) layout(cols, rows, steps int, epoch uint32) {
	if cols != s.cols || rows != s.rows {
		s.cols, s.rows = cols, rows
		s.tiles = make([]tile, cols*rows)
		s.canvas = make([]byte, 4*cols*cell*rows*cell)
		if s.grid != nil {
			s.grid.Deallocate()
			s.grid = nil
		}
	}
	s.steps, s.epoch = max(steps, 1), epoch
	for i := range s.tiles {
		s.tiles[i].history = s.tiles[i].history[:0]
	}
}

// connect takes frames from the port of a worker, in place of the one it had.
func (s *stage) connect(id int, port js.Value) {
	for len(s.ports) <= id {
		s.ports, s.owed = append(s.ports, js.Null()), append(s.owed, 0)
	}
	if old := s.ports[id]; !old.IsNull() {
		old.Call("close")
	}
	s.ports[id], s.owed[id] = port, 0
	port.Set("onmessage", js.FuncOf(func(_ js.Value, args []js.Value) any {
		s.owed[id]++
		bytes := js.Global().Get("Uint8Array").New(args[0].Get("data"))
		n := bytes.Length()
		if cap(s.buffer) < n {
			s.buffer = make([]byte, n)
		}
		s.buffer = s.buffer[:n]
		js.CopyBytesToGo(s.buffer, bytes)
		s.take(s.buffer)
		ebiten.ScheduleFrame() // for the acknowledgement, even of a frame dropped
		return nil
	}))
}

// Update implements ebiten.Game: it lets the workers go on, at the pace of the
// screen.
func (s *stage) Update() error {
	for id, n := range s.owed {
		for range n {
			s.ports[id].Call("postMessage", 1)
		}
		s.owed[id] = 0
	}
	if s.fresh && !s.reporting { // at most ten times a second
		s.reporting = true
		time.AfterFunc(100*time.Millisecond, func() {
			s.reporting = false
			s.report()
		})
	}
	return nil
}

// LayoutF implements ebiten.LayoutFer: a pixel of the picture is one of the
// screen.
func (s *stage) LayoutF(w, h float64) (float64, float64) {
	scale := ebiten.Monitor().DeviceScaleFactor()
	return max(w*scale, 1), max(h*scale, 1)
}

// Layout implements ebiten.Game.
func (s *stage) Layout(w, h int) (int, int) { return w, h }

// report tells the page what it shows in words and numbers.
func (s *stage) report() {
	if !s.fresh || s.selected >= len(s.tiles) {
		return
	}
	s.fresh = false
	var count [3]int
	var started int
	for i := range s.tiles {
		if s.tiles[i].seen {
			started++
			count[s.tiles[i].status]++
		}
	}
	t := &s.tiles[s.selected]
	m := map[string]any{
		"type": "stats", "epoch": int(s.epoch), "frames": s.frames, "fps": ebiten.ActualFPS(),
		"started": started, "running": count[running], "finished": count[finished], "notFinite": count[notFinite],
		"plotLow": s.plot.low, "plotHigh": s.plot.high,
	}
	if t.seen {
		m["selected"] = t.describe(s.selected)
	}
	s.tell(m)
}

func (t *tile) describe(i int) map[string]any {
	beliefs := make([]any, len(t.beliefs))
	for y, p := range t.beliefs {
		beliefs[y] = p
	}
	return map[string]any{
		"tile": i, "life": t.life, "step": t.step, "energy": t.energy, "beliefs": beliefs,
		"status": [...]string{"running", "finished", "not finite"}[t.status],
	}
}

// export gives what the tiles show, from Go's own memory: pixels, (n, 784)
// bytes, 0 paper to 255 ink, and tiles, their numbers; those not yet seen are
// null.
func (s *stage) export() any {
	pixels := make([]byte, 0, len(s.tiles)*side*side)
	tiles := make([]any, len(s.tiles))
	for i := range s.tiles {
		t := &s.tiles[i]
		pixels = append(pixels, t.pixels[:]...)
		if t.seen {
			tiles[i] = t.describe(i)
		}
	}
	bytes := js.Global().Get("Uint8Array").New(len(pixels))
	js.CopyBytesToJS(bytes, pixels)
	return map[string]any{"cols": s.cols, "rows": s.rows, "epoch": int(s.epoch), "pixels": bytes, "tiles": tiles}
}
