// Loaded by --require before any TypeScript is read: an older Node would stop at the first type
// annotation with a syntax error that names neither the cause nor the remedy.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `firesink needs Node 22.19 or newer, and this is Node ${process.versions.node}: install Node 24 (https://nodejs.org), then run the same command again.\n`,
  );
  process.exit(1);
}
