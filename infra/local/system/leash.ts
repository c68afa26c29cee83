// Loaded with --import into every function's process, before functions-framework. It adds what Cloud Run
// does around a function and a laptop does not: the process ends with the system that started it, even if
// that was killed; it listens on this machine only; and it says when, and on which port.
import { type AddressInfo, Server } from 'node:net';

process.once('disconnect', () => process.exit());
process.channel?.unref();

const listen = Server.prototype.listen;

// functions-framework calls `listen(port, callback)`, which means every network interface.
Server.prototype.listen = function listenOnLoopback(this: Server, port: unknown, ready?: unknown) {
  this.once('listening', () => process.send?.({ port: (this.address() as AddressInfo).port }));
  const onListening = typeof ready === 'function' ? () => ready() : undefined;
  return listen.call(this, { port: Number(port), host: '127.0.0.1' }, onListening);
};
