// The page's settings and their place in its address: only what differs from
// the default is written, so that the plain address means the defaults.

export const knobs = {
  class: {fallback: -1, min: -1, max: 9, whole: true},
  guidance: {label: 'Guidance', fallback: 8, min: -1000, max: 1000, slider: [0, 16, 0.5]},
  temperature: {label: 'Temperature', fallback: 0.05, min: 0, max: 1000, slider: [0, 2, 0.01]},
  stepSize: {label: 'Step size', fallback: 0.02, min: 0, max: 1000, slider: [0, 1, 0.005]},
  steps: {label: 'Steps', fallback: 90, min: 1, max: 5000, whole: true, slider: [10, 400, 10]},
  speed: {label: 'Speed', fallback: 0, min: 0, max: 1000, options: [[1, '1 step a second'], [3, '3 a second'], [10, '10 a second'], [30, '30 a second'], [0, 'full speed']]},
  seed: {label: 'Seed', fallback: 1, min: 0, max: 4294967295, whole: true},
  tile: {fallback: 0, min: 0, max: 63, whole: true},
  paused: {fallback: 0, min: 0, max: 1, whole: true},
};

// clean returns the nearest value that knob allows, or its fallback.
export function clean(name, value) {
  const {min, max, whole, fallback} = knobs[name];
  const v = value === '' || value === null || value === undefined ? NaN : Number(value);
  if (!Number.isFinite(v)) return fallback;
  return Math.min(max, Math.max(min, whole ? Math.round(v) : v));
}

// parse reads the part of an address after #.
export function parse(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const state = {};
  for (const name in knobs) {
    const value = given.get(name);
    state[name] = name === 'class' && value === 'any' ? -1 : clean(name, value);
  }
  return state;
}

// format writes it.
export function format(state) {
  const out = new URLSearchParams();
  for (const name in knobs) {
    if (state[name] !== knobs[name].fallback) out.set(name, state[name]);
  }
  const text = out.toString();
  return text && '#' + text;
}
