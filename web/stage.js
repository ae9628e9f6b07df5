// Runs wasm/stage in this frame. The page says when and with which module;
// what it says before Go is ready waits.
'use strict';
{
  let started = false;
  const waiting = [];
  const deliver = message => {
    if (window.inkwellStage) window.inkwellStage.message(message);
    else waiting.push(message);
  };
  const tell = message => parent.postMessage(message, location.origin);

  addEventListener('message', async ({source, data, ports}) => {
    if (source !== parent) return;
    if (data.type === 'who') return tell({type: 'hello'});
    if (data.type !== 'start') return deliver(ports.length ? {...data, port: ports[0]} : data);
    if (started) return;
    started = true;
    try {
      const go = new Go();
      const instance = await WebAssembly.instantiate(data.module, go.importObject);
      const ran = go.run(instance); // returns once Go waits for events
      for (const message of waiting.splice(0)) deliver(message);
      await ran;
      tell({type: 'fatal', message: 'the picture stopped'});
    } catch (error) {
      tell({type: 'fatal', message: String(error)});
    }
  });
  tell({type: 'hello'});
}
