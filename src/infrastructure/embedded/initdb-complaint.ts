const COMPLAINS = /\b(?:FATAL|PANIC|ERROR|HINT|error|could not|cannot|No space left)\b/;
const NAMELESS = 'could not look up effective user ID';
const NAME_IT = 'run it as a user that /etc/passwd names, or give a server by DATABASE_URL';

/** What went wrong, of some thirty lines in which `initdb` tells all that it does; all of it where nothing says so. */
export const initdbComplaint = (output: string): string => {
  const lines = output.split('\n').map((line) => line.trim());
  const complaints = lines.filter((line) => COMPLAINS.test(line));
  const told = complaints.length === 0 ? lines.filter((line) => line !== '') : complaints;
  return [...told, ...(told.some((line) => line.includes(NAMELESS)) ? [NAME_IT] : [])].join('; ');
};
