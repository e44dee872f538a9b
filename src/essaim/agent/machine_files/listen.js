// Loaded before a client's Node program (node --require). The first server that it makes listen, on whatever port or path, listens on
// the socket that was handed over, file descriptor 3, where nginx finds it: so a program needs no change to be hosted here.
'use strict';
const cluster = require('cluster');
const net = require('net');

if (process.env.LISTEN_FDS === '1' && (process.env.LISTEN_PID === String(process.pid) || cluster.isWorker)) {
  const listen = net.Server.prototype.listen;
  let ours = null;
  net.Server.prototype.listen = function (...words) {
    if (ours) return listen.apply(this, words);
    ours = this;
    const ready = words.reverse().find((word) => typeof word === 'function');
    return listen.call(this, { fd: 3 }, ...(ready ? [ready] : []));
  };
  // A program that says nothing of being stopped answers those who have asked, and ends.
  process.on('SIGTERM', () => {
    if (process.listenerCount('SIGTERM') > 1) return;
    setTimeout(() => process.exit(0), 8000).unref();
    if (!ours) process.exit(0);
    ours.close(() => process.exit(0));
    if (ours.closeIdleConnections) ours.closeIdleConnections();
  });
}
