// Loaded into the measured service before its own code, and never a part of it: a request that says so is handled later by so many
// nanoseconds, in the service's own thread. It is the control of R40: the difference has to be caught, or else the run says nothing.
import { Server } from 'node:http';

const MARK = 'x-slow';
const NANOSECONDS = BigInt(process.env.SLOW_NANOSECONDS);
const emit = Server.prototype.emit;

Server.prototype.emit = function slowed(event, ...rest) {
  // Whatever it says, the header is read, so that looking at it is no difference.
  if (event === 'request' && rest[0].headers[MARK] === '1') {
    for (const until = process.hrtime.bigint() + NANOSECONDS; process.hrtime.bigint() < until;);
  }
  return emit.call(this, event, ...rest);
};
