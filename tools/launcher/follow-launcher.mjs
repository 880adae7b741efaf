import { Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';

// Loaded before the program. Worker threads and forked processes inherit the option, but the pipe is the program's alone.
if (isMainThread && process.env.SIGNALBOX_LAUNCHER === String(process.ppid)) {
  const launcher = new Socket({ fd: 3, readable: true, writable: false });
  launcher.unref();
  // The launcher never writes: the pipe ends when it is gone. Work resumes at the next start, as after any crash.
  launcher.on('end', () => process.kill(process.pid, 'SIGKILL')).on('error', () => launcher.destroy());
  launcher.resume();
}
