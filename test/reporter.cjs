'use strict';
// Mocha's Spec reporter plus one plain closing line that scripts can read: "N passed, N failed, N skipped".
const { reporters } = require('mocha');

module.exports = class Summary extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const { stats } = this;
    process.on('exit', () => {
      process.stdout.write(`${stats.passes} passed, ${stats.failures} failed, ${stats.pending} skipped\n`);
    });
  }
};
