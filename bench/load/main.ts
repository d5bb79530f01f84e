// The load generator, in a process of its own: takes one job after the other, answers what it measured.
import { answerParent } from '../rig/child.ts';
import { run } from './loops.ts';

answerParent(run);
