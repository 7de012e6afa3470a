// Loaded before anything else into a process that is to be a machine of its own (node --import): its connections
// come from OUTGOING_ADDRESS, as a machine's come from its address, unless they say otherwise. Without it everything
// on loopback comes from 127.0.0.1.
import net from 'node:net';

const localAddress = process.env.OUTGOING_ADDRESS;
const { connect } = net.Socket.prototype;

net.Socket.prototype.connect = function (...args) {
  // Node's own callers hand over what they have normalised: an array with the options first.
  const given = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (given && typeof given === 'object' && given.path === undefined && given.localAddress === undefined) {
    given.localAddress = localAddress;
  }
  return connect.apply(this, args);
};
