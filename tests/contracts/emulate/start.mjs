// Starts the emulator on a port with a seed: node start.mjs PORT SEED.json
// It runs where it is installed, so that its import is found.
import fs from 'node:fs';
import { createEmulator } from 'emulate';

const [port, seed] = process.argv.slice(2);
await createEmulator({
  service: 'github',
  port: Number(port),
  seed: JSON.parse(fs.readFileSync(seed, 'utf8')),
});
console.log('up');
