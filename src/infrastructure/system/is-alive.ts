import { errorCode } from './error-code.ts';

/** Whether a process with that id exists, even if another user owns it. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
};
