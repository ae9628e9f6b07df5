//go:build js

// Worker runs some of the page's chains in a Web Worker. web/worker.js starts
// it; the page sends it settings, and it sends frames to the stage through a
// MessagePort, one transferable buffer each, laid out as [frame.go] says.
//
// A chain falls from noise, simmers, is held for a moment and falls again from
// fresh noise: its next life. The noise of a life comes from
//
//	Stream(Stream(seed, tile), life)
//
// so a picture does not depend on how many workers share the tiles. The worker
// computes only while it is told to play and the stage keeps up: with two
// frames under way it takes a few steps more that are not shown, and then
// waits. Between steps it yields to the event loop.
package main

import (
	"math"
	"strconv"
	"strings"
	"syscall/js"

	"inkwell/core/energy"
	"inkwell/core/sampler"
)

const (
	fallSteps = 60   // of a life, the steps along −∇E; those after it simmer
	hold      = 1500 // ms to look at finished digits
	calmHold  = 5000 // the same, for those who want little motion
	maxFrames = 2    // on their way to the stage
	maxHidden = 4    // steps not shown, on end, where the stage is slow
)

type worker struct {
	tiles    []int
	state    *sampler.State
	energy   *energy.Composition
	schedule sampler.Schedule
	frame    []byte

	epoch   uint32
	seed    uint64
	steps   int
	speed   float64 // steps a second; 0: as fast as it goes
	playing bool
	calm    bool // show finished digits only

	life    uint32
	noise   bool    // the chains were just started: evaluate and show them
	once    bool    // take one step even while paused
	due     float64 // ms: no step before
	unacked int
	hidden  int // steps since the last frame

	port    js.Value // to the stage
	ping    js.Value // wakes tick through the event loop
	waking  bool
	timer   js.Value
	tickJS  js.Func
	wakeJS  js.Func
	ackedJS js.Func
}

func main() {
	global := js.Global()
	post := func(message map[string]any) { global.Call("postMessage", message) }
	init := global.Get("inkwellInit")
	weights := make([]byte, init.Get("weights").Get("byteLength").Int())
	js.CopyBytesToGo(weights, global.Get("Uint8Array").New(init.Get("weights")))
	net, err := energy.Load(weights)
	if err != nil {
		post(map[string]any{"type": "fatal", "message": err.Error()})
		return
	}
	w := newWorker(net, init.Get("tiles"))
	w.configure(init.Get("settings"))
	global.Set("onmessage", js.FuncOf(func(_ js.Value, args []js.Value) any {
		w.message(args[0].Get("data"))
		return nil
	}))
	ready := map[string]any{"type": "ready"}
	if lo, hi, ok := band(net.Meta["band"]); ok {
		ready["band"] = []any{lo, hi}
	}
	post(ready)
	select {}
}

// band parses "lo,hi", the energies between which most real digits lie.
func band(s string) (lo, hi float64, ok bool) {
	a, b, _ := strings.Cut(s, ",")
	lo, errLo := strconv.ParseFloat(strings.TrimSpace(a), 64)
	hi, errHi := strconv.ParseFloat(strings.TrimSpace(b), 64)
	return lo, hi, errLo == nil && errHi == nil && lo < hi
}

func newWorker(net *energy.Net, tiles js.Value) *worker {
	n := tiles.Length()
	w := &worker{
		state:  sampler.NewState(n, energy.Pixels),
		energy: energy.Compose(net.NewBatch(n), energy.Marginal(energy.Classes)),
		port:   js.Null(),
		timer:  js.Null(),
	}
	for i := range n {
		w.tiles = append(w.tiles, tiles.Index(i).Int())
	}
	w.frame = make([]byte, frameSize(n))
	w.tickJS = js.FuncOf(func(js.Value, []js.Value) any {
		w.waking = false
		w.tick()
		return nil
	})
	w.wakeJS = js.FuncOf(func(js.Value, []js.Value) any {
		w.timer = js.Null()
		w.wake()
		return nil
	})
	w.ackedJS = js.FuncOf(func(js.Value, []js.Value) any {
		w.unacked = max(w.unacked-1, 0)
		w.wake()
		return nil
	})
	channel := js.Global().Get("MessageChannel").New()
	channel.Get("port1").Set("onmessage", w.tickJS)
	w.ping = channel.Get("port2")
	return w
}

// message obeys the page.
func (w *worker) message(m js.Value) {
	switch m.Get("type").String() {
	case "settings":
		w.configure(m)
	case "step":
		w.once = true
	case "port":
		w.port, w.unacked, w.hidden = m.Get("port"), 0, 0
		w.port.Set("onmessage", w.ackedJS)
		if !w.noise {
			w.post()
		}
	}
	w.wake()
}

// configure takes the page's settings over. A new epoch starts all chains in
// their first life; within an epoch only speed, playing and calm change.
func (w *worker) configure(m js.Value) {
	w.speed = m.Get("speed").Float()
	w.playing = m.Get("playing").Bool()
	w.calm = m.Get("calm").Bool()
	epoch := uint32(m.Get("epoch").Int())
	if epoch == w.epoch {
		return
	}
	w.epoch, w.life = epoch, 0
	w.seed = uint64(m.Get("seed").Float())
	w.steps = m.Get("steps").Int()
	fall := min(fallSteps, w.steps)
	simmer := sampler.Constant(float32(m.Get("stepSize").Float()), float32(m.Get("temperature").Float()))
	w.schedule = sampler.Fall(fall).Then(fall, simmer)
	formula := energy.Marginal(energy.Classes)
	if class := m.Get("class").Int(); class >= 0 {
		formula = energy.Guided(class, energy.Classes, m.Get("guidance").Float())
	}
	w.energy.Phi = func(int) energy.Formula { return formula }
	w.start()
}

// start gives every chain fresh noise.
func (w *worker) start() {
	for i, tile := range w.tiles {
		w.state.Restart(i, sampler.Stream(sampler.Stream(w.seed, uint64(tile)), uint64(w.life)))
	}
	w.noise, w.due = true, 0
}

// wake makes the event loop call tick soon.
func (w *worker) wake() {
	if !w.waking {
		w.waking = true
		w.ping.Call("postMessage", nil)
	}
}

// tick takes one step if there is a reason to, and none not to.
func (w *worker) tick() {
	if w.port.IsNull() || !w.noise && !w.once && (!w.playing || w.unacked >= maxFrames && w.hidden >= maxHidden) {
		return // the message that changes this wakes the worker
	}
	now := js.Global().Get("performance").Call("now").Float()
	if wait := w.due - now; wait > 0 && !w.once && !w.noise {
		if w.timer.IsNull() {
			w.timer = js.Global().Call("setTimeout", w.wakeJS, math.Ceil(wait))
		}
		return
	}
	if !w.noise {
		w.once = false
		if w.done() {
			w.life++
			w.start()
		}
	}
	w.noise = false
	sampler.Langevin(w.state, w.energy, w.schedule)
	w.hidden++
	done := w.done()
	switch {
	case done && w.calm:
		w.due = now + calmHold
	case done:
		w.due = now + hold
	case w.speed > 0:
		w.due = now + 1000/w.speed
	}
	if done || !w.playing || w.state.Step[0] == 0 || !w.calm && w.unacked < maxFrames {
		w.post()
	}
	w.wake()
}

// done reports whether every chain has come to the end of its life.
func (w *worker) done() bool {
	for i, err := range w.state.Err {
		if err == nil && int(w.state.Step[i]) < w.steps {
			return false
		}
	}
	return true
}

// post sends a frame to the stage.
func (w *worker) post() {
	w.encode()
	bytes := js.Global().Get("Uint8Array").New(len(w.frame))
	js.CopyBytesToJS(bytes, w.frame)
	buffer := bytes.Get("buffer")
	w.port.Call("postMessage", buffer, []any{buffer})
	w.unacked++
	w.hidden = 0
}
