// Runs wasm/worker in a Web Worker. The first message carries the compiled
// module, the weights, the tiles and the settings; Go hears the others.
'use strict';
importScripts('wasm_exec.js');

self.onmessage = async ({data}) => {
  self.inkwellInit = data;
  try {
    const go = new Go();
    const instance = await WebAssembly.instantiate(data.module, go.importObject);
    await go.run(instance);
    self.postMessage({type: 'exit'}); // Go never returns while all is well
  } catch (error) {
    self.postMessage({type: 'exit', message: String(error)});
  }
};
