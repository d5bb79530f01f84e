/** Asks again until the answer is as wanted; rejects with the last one when it never is. */
export const until = async <T>(
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  deadlineMs = 15_000,
): Promise<T> => {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`after ${deadlineMs} ms still ${String(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
