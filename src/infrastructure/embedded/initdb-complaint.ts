const COMPLAINS = /\b(?:FATAL|PANIC|ERROR|HINT|error|could not|cannot|No space left)\b/;

/** What went wrong, of some thirty lines in which `initdb` tells all that it does; all of it where nothing says so. */
export const initdbComplaint = (output: string): string => {
  const lines = output.split('\n').map((line) => line.trim());
  const complaints = lines.filter((line) => COMPLAINS.test(line));
  return (complaints.length === 0 ? lines.filter((line) => line !== '') : complaints).join('; ');
};
