// Loaded by mocha before every run. A tool started straight from the shell runs on the system's Node.
const major = Number(process.versions.node.split('.')[0]);
if (major < 22)
  throw new Error(`tests need Node 22 or newer, this is ${process.versions.node}: use npm test`);
