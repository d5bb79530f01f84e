// The load generator, in its own process: runs one job after the other, and returns its measurements.
import { answerParent } from '../rig/child.ts';
import { run } from './loops.ts';

answerParent(run);
