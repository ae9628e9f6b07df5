// The page: it loads the programs, starts the workers, and carries settings to
// them and numbers from the stage to the reader. Frames go from the workers to
// the stage without passing here.
import {knobs, clean, parse, format} from './settings.js';

const $ = id => document.getElementById(id);
const at = name => new URL(name, import.meta.url).href;
const small = matchMedia('(max-width: 479px)');
const dark = matchMedia('(prefers-color-scheme: dark)');
const calm = matchMedia('(prefers-reduced-motion: reduce)');

const state = parse(location.hash);
let epoch = 1; // of the chains: a new one starts them all afresh
let cols, rows;
let programs; // of the workers, {worker, weights}, once loaded
let picture; // the stage's program
let stageReady = false, band, failed = false;
const workers = []; // Worker, each with .tiles, .ready
let deaths = [];

let resolveReady;
const ready = new Promise(resolve => { resolveReady = resolve; });
window.inkwell = {
  state, ready, workers,
  stats: null,
  get epoch() { return epoch; },
  // pixels are the tiles as the stage shows them: {cols, rows, epoch, pixels, tiles}.
  pixels: async () => { await ready; return $('stage').contentWindow.inkwellStage.pixels(); },
};

// ---- messages

function fail(text) {
  failed = true;
  for (const w of workers.splice(0)) w.terminate();
  $('message').textContent = text;
  $('message').hidden = false;
  $('loading').hidden = true;
  $('still').classList.remove('gone');
}

function announce(text) { $('announce').textContent = text; }

// ---- loading

// A function that adds vectors; engines without SIMD refuse it.
const simdProbe = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11]);

const expected = {stage: 9.9e6, worker: 3.1e6, weights: 2.2e6}; // bytes, for the progress bar alone
const got = {stage: 0, worker: 0, weights: 0};

function count(name, response) {
  if (!response.ok) throw new Error(`${response.url.split('/').pop()}: ${response.status} ${response.statusText}`);
  const show = () => {
    let sum = 0, all = 0;
    for (const n in got) { sum += Math.min(got[n], expected[n]); all += expected[n]; }
    $('progress').value = Math.min(sum / all, 0.99);
  };
  const counted = response.body.pipeThrough(new TransformStream({
    transform(chunk, controller) { got[name] += chunk.length; show(); controller.enqueue(chunk); },
    flush() { got[name] = expected[name]; show(); },
  }));
  return new Response(counted, {headers: {'Content-Type': response.headers.get('Content-Type') ?? ''}});
}

async function program(name, url) {
  const response = await fetch(url);
  if (WebAssembly.compileStreaming && /^application\/wasm/.test(response.headers.get('Content-Type') ?? '')) {
    return WebAssembly.compileStreaming(count(name, response));
  }
  return WebAssembly.compile(await count(name, response).arrayBuffer());
}

async function load() {
  if (typeof WebAssembly !== 'object' || !window.Worker || !window.MessageChannel) {
    return fail('This browser cannot run WebAssembly, so the picture stays still. A current version of any browser can.');
  }
  if (!document.createElement('canvas').getContext('webgl2')) {
    return fail('This browser has no WebGL 2, so the picture stays still. It may be switched off in the settings, or need a newer browser or graphics driver.');
  }
  const simd = WebAssembly.validate(simdProbe);
  window.inkwell.simd = simd;
  const stage = program('stage', at('stage.wasm')).then(module => {
    picture = module;
    startStage();
  });
  const chains = Promise.all([
    program('worker', at(simd ? 'worker.wasm' : 'worker-scalar.wasm')),
    fetch(at('../weights/inkwell.safetensors')).then(r => count('weights', r).arrayBuffer()),
  ]).then(([worker, weights]) => {
    programs = {worker, weights};
    if (!failed) populate();
  });
  try {
    await Promise.all([stage, chains]);
    $('progress').value = 1;
  } catch (error) {
    fail(`A part of the page could not be loaded (${error.message}). Reload to try again.`);
  }
}

// ---- workers

// populate lays out the tiles and shares them out over the workers, sixteen or
// more to each.
function populate() {
  for (const w of workers.splice(0)) w.terminate();
  const n = cols * rows;
  const many = Math.max(1, Math.min(8, navigator.hardwareConcurrency || 1, Math.floor(n / 15)));
  const share = Math.ceil(n / many / 16) * 16;
  for (let id = 0, tile = 0; tile < n; id++) {
    const tiles = [];
    while (tile < n && tiles.length < share) tiles.push(tile++);
    workers[id] = spawn(id, tiles);
  }
}

function spawn(id, tiles) {
  const w = new Worker(at('worker.js'));
  w.tiles = tiles;
  w.ready = false;
  const died = why => {
    if (workers[id] !== w || failed) return;
    w.terminate();
    const now = performance.now();
    deaths = deaths.filter(t => now - t < 20000).concat(now);
    if (deaths.length > 8) return fail(`The workers keep failing (${why}). Reload to try again.`);
    workers[id] = spawn(id, tiles);
    announce('A worker failed and was replaced; its chains start again.');
  };
  w.addEventListener('error', e => { e.preventDefault(); died(e.message || 'no reason given'); });
  w.addEventListener('messageerror', () => died('a message could not be read'));
  w.addEventListener('message', ({data}) => {
    if (workers[id] !== w) return;
    switch (data.type) {
      case 'ready':
        w.ready = true;
        if (data.band && !band) {
          band = {type: 'band', low: data.band[0], high: data.band[1]};
          if (stageReady) toStage(band);
        }
        w.postMessage(settings());
        connect(id);
        break;
      case 'fatal':
        fail(`The weights of the model are damaged (${data.message}). Reload to fetch them again.`);
        break;
      case 'exit':
        died(data.message || 'it stopped');
    }
  });
  w.postMessage({type: 'init', module: programs.worker, weights: programs.weights, tiles, settings: settings()});
  return w;
}

const settings = () => ({
  type: 'settings', epoch, class: state.class, guidance: state.guidance, temperature: state.temperature,
  stepSize: state.stepSize, steps: state.steps, seed: state.seed, speed: state.speed,
  playing: !state.paused && !document.hidden, calm: calm.matches,
});

function toWorkers(message) {
  for (const w of workers) if (w.ready) w.postMessage(message);
}

// ---- stage

function toStage(message, ports = []) {
  $('stage').contentWindow.postMessage(message, location.origin, ports);
}

const layout = () => ({type: 'layout', cols, rows, steps: state.steps, epoch});
const view = () => ({type: 'view', dark: dark.matches, selected: state.tile});

let hello = false; // the frame listens
function startStage() {
  if (hello && picture && !failed) toStage({type: 'start', module: picture});
}

// connect gives worker id and the stage the two ends of a channel.
function connect(id) {
  if (!stageReady || !workers[id]?.ready) return;
  const {port1, port2} = new MessageChannel();
  workers[id].postMessage({type: 'port', port: port1}, [port1]);
  toStage({type: 'port', id}, [port2]);
}

addEventListener('message', ({source, data}) => {
  if (source !== $('stage').contentWindow) return;
  switch (data.type) {
    case 'hello': // first, or again after the graphics were lost
      hello = true;
      stageReady = false;
      startStage();
      break;
    case 'ready':
      stageReady = true;
      toStage(layout());
      toStage(view());
      if (band) toStage(band);
      workers.forEach((_, id) => connect(id));
      break;
    case 'stats':
      show(data);
      break;
    case 'fatal':
      fail(`The picture cannot be drawn (${data.message}). Reload to try again.`);
  }
});

let troubled = false;
function show(stats) {
  window.inkwell.stats = stats;
  if (failed || stats.epoch !== epoch) return;
  if (stats.frames > 0) {
    $('still').classList.add('gone');
    $('loading').hidden = true;
    resolveReady(window.inkwell);
  }
  $('plot-high').textContent = `energy ${stats.plotHigh.toFixed(0)} to ${stats.plotLow.toFixed(0)}`;
  $('plot-low').textContent = `${state.steps} steps`;
  const t = stats.selected;
  if (t) {
    $('energy').textContent = Number.isFinite(t.energy) ? t.energy.toFixed(1) : 'not finite';
    $('step-now').textContent = `${t.step} of ${state.steps}`;
    $('status').textContent = t.status;
    bars.forEach(([bar, text], y) => {
      const p = Number.isFinite(t.beliefs[y]) ? t.beliefs[y] : 0;
      bar.style.transform = `scaleX(${p})`;
      text.textContent = `${(100 * p).toFixed(0)} %`;
    });
  }
  if (stats.notFinite > 0 && !troubled) announce('Some chains met numbers that are not finite; they start again with the next life.');
  troubled = stats.notFinite > 0;
}

// ---- controls

const bars = [];
const refreshers = [];

function build() {
  for (let y = 0; y < 10; y++) {
    const li = document.createElement('li');
    li.innerHTML = `<span>${y}</span><i></i><b>–</b>`;
    $('beliefs').append(li);
    bars.push([li.children[1], li.children[2]]);
  }
  for (let k = -1; k < 10; k++) {
    const label = document.createElement('label');
    label.innerHTML = `<input type="radio" name="class" value="${k}"><span>${k < 0 ? 'any' : k}</span>`;
    $('class').append(label);
    const input = label.firstChild;
    input.addEventListener('change', () => set({class: k}));
    refreshers.push(() => { input.checked = state.class === k; });
  }
  for (const name of ['guidance', 'temperature', 'stepSize', 'steps', 'speed', 'seed']) {
    const {label, slider, options, min, max} = knobs[name];
    const row = document.createElement('div');
    row.className = 'knob';
    if (slider) {
      row.innerHTML = `<label for="${name}">${label}</label><output for="${name}"></output><input type="range" id="${name}" min="${slider[0]}" max="${slider[1]}" step="${slider[2]}">`;
    } else if (options) {
      row.innerHTML = `<label for="${name}">${label}</label><select id="${name}">${options.map(([v, text]) => `<option value="${v}">${text}</option>`).join('')}</select>`;
    } else {
      row.innerHTML = `<label for="${name}">${label}</label><span class="seed"><input type="number" id="${name}" min="${min}" max="${max}" step="1" inputmode="numeric"><button type="button" id="new-seed">New</button></span>`;
    }
    $('knobs').append(row);
    const input = $(name);
    input.addEventListener('input', () => { if (input.value !== '') set({[name]: clean(name, input.value)}); });
    input.addEventListener('change', refresh);
    refreshers.push(() => {
      if (options && !options.some(([v]) => v === state[name])) input.add(new Option(`${state[name]} a second`, state[name]));
      if (input.value !== String(state[name]) && !(name === 'seed' && document.activeElement === input && input.value === '')) input.value = state[name];
      if (slider) row.querySelector('output').textContent = state[name];
      if (name === 'guidance') {
        row.classList.toggle('off', state.class < 0);
        row.querySelector('label').textContent = state.class < 0 ? 'Guidance (once a digit is chosen)' : label;
      }
    });
  }
  $('new-seed').addEventListener('click', () => set({seed: Math.floor(Math.random() * 1e6)}));
  $('play').addEventListener('click', () => set({paused: 1 - state.paused}));
  $('step').addEventListener('click', () => { set({paused: 1}); toWorkers({type: 'step'}); });
  $('restart').addEventListener('click', () => { restart(); announce('Restarted.'); });
  $('controls').addEventListener('submit', e => e.preventDefault());
  refreshers.push(() => {
    $('play').textContent = state.paused ? 'Play' : 'Pause';
    $('tile-number').textContent = state.tile + 1;
    for (const [i, b] of [...$('tiles').children].entries()) {
      b.tabIndex = i === state.tile ? 0 : -1;
      b.ariaChecked = i === state.tile;
    }
  });
  $('tiles').addEventListener('click', e => { if (e.target.dataset.tile) set({tile: +e.target.dataset.tile}); });
  $('tiles').addEventListener('pointerover', e => {
    if (e.pointerType === 'mouse' && e.target.dataset.tile) set({tile: +e.target.dataset.tile});
  });
  $('tiles').addEventListener('keydown', e => {
    const move = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -cols, ArrowDown: cols, Home: -state.tile, End: cols * rows - 1 - state.tile}[e.key];
    if (move === undefined) return;
    e.preventDefault();
    const next = state.tile + move;
    if (next < 0 || next >= cols * rows) return;
    set({tile: next});
    $('tiles').children[next].focus();
  });
  addEventListener('keydown', e => {
    if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|SELECT|TEXTAREA|BUTTON)$/.test(e.target.tagName)) return;
    const button = {' ': 'play', '.': 'step', r: 'restart'}[e.key];
    if (button) { e.preventDefault(); $(button).click(); }
  });
}

function refresh() { for (const f of refreshers) f(); }

const redo = ['class', 'guidance', 'temperature', 'stepSize', 'steps', 'seed']; // change what the chains compute
let saving;

// set changes settings everywhere: controls, address, workers, stage.
function set(changes) {
  const names = Object.keys(changes).filter(name => state[name] !== changes[name]);
  if (!names.length) return;
  Object.assign(state, changes);
  state.tile = Math.min(state.tile, cols * rows - 1);
  refresh();
  clearTimeout(saving); // browsers allow some 100 changes of address in 30 s
  saving = setTimeout(() => history.replaceState(null, '', format(state) || location.pathname + location.search), 120);
  if (names.some(name => redo.includes(name))) restart();
  else if (names.some(name => name !== 'tile')) toWorkers(settings());
  if (names.includes('tile') && stageReady) toStage(view());
}

function restart() {
  epoch++;
  if (stageReady) toStage(layout());
  toWorkers(settings());
}

function arrange() {
  [cols, rows] = small.matches ? [5, 6] : [8, 8];
  state.tile = Math.min(state.tile, cols * rows - 1);
  const box = $('tiles');
  box.style.gridTemplate = `repeat(${rows}, 1fr) / repeat(${cols}, 1fr)`;
  box.replaceChildren(...Array.from({length: cols * rows}, (_, i) => {
    const b = document.createElement('button');
    b.type = 'button';
    b.dataset.tile = i;
    b.setAttribute('role', 'radio');
    b.ariaLabel = `Tile ${i + 1}`;
    return b;
  }));
}

toStage({type: 'who'}); // its hello may have come before this program
build();
arrange();
refresh();
addEventListener('hashchange', () => { clearTimeout(saving); set(parse(location.hash)); });
addEventListener('popstate', () => { clearTimeout(saving); set(parse(location.hash)); });
document.addEventListener('visibilitychange', () => toWorkers(settings()));
calm.addEventListener('change', () => toWorkers(settings()));
dark.addEventListener('change', () => { if (stageReady) toStage(view()); });
let rearranging;
small.addEventListener('change', () => {
  clearTimeout(rearranging);
  rearranging = setTimeout(() => {
    if (cols === (small.matches ? 5 : 8)) return;
    arrange();
    refresh();
    if (!programs || failed) return;
    epoch++;
    if (stageReady) { toStage(layout()); toStage(view()); }
    populate();
  }, 200);
});
load();
