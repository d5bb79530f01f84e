'use strict';
// Mocha's Spec reporter plus one plain closing line that scripts can read: "N passed, N failed, N skipped".
const { reporters } = require('mocha');
const { endAtLast } = require('./support/still-open.ts');

module.exports = class Summary extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const { stats } = this;
    if (!options.watch) runner.once('end', () => endAtLast((text) => process.stdout.write(text)));
    process.on('exit', () => {
      process.stdout.write(`${stats.passes} passed, ${stats.failures} failed, ${stats.pending} skipped\n`);
    });
  }
};
