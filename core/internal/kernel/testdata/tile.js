// node tile.js tile.wasm: runs the hand-written kernel on small integers and
// prints its 32 results and its best rate over short runs, as JSON.
const fs = require("fs");
const k = 288, b = 16 * k, dst = b + 32 * k;
const { run, memory } = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(process.argv[2]))).exports;
const f = new Float32Array(memory.buffer);
for (let i = 0; i < 12 * k; i++) f[i] = ((i * 7) % 5) - 2;
const turns = 20000;
let best = Infinity;
for (let i = 0; i < 12; i++) {
  const t = performance.now();
  run(turns, k, b, dst);
  best = Math.min(best, performance.now() - t);
}
console.log(JSON.stringify({ Dst: Array.from(f.subarray(dst / 4, dst / 4 + 32)), Rate: (2 * 32 * k * turns) / best / 1e6 }));
