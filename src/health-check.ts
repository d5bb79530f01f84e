// `node src/health-check.ts` exits with 0 when the service of this environment is healthy, and with 1 when it is not.
import { healthProblem } from './interfaces/cli/health-check.ts';

const problem = await healthProblem(process.env);
if (problem !== undefined) process.stdout.write(`${problem}\n`);
process.exitCode = problem === undefined ? 0 : 1;
