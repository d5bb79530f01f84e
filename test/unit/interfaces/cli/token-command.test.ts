import { expect } from 'chai';
import { isLeft, right } from '../../../../src/domain/shared/fp.ts';
import { scopes } from '../../../../src/domain/shared/tenant-context.ts';
import { TOKEN_USAGE, tokenCommand } from '../../../../src/interfaces/cli/token-command.ts';

const problems = (...args: readonly string[]): readonly string[] => {
  const command = tokenCommand(args);
  return isLeft(command) ? command.left : [];
};

describe('the token command line', () => {
  it('asks for an administrator’s JWT of twelve hours', () => {
    expect(tokenCommand(['--tenant', 'uk_company_1', '--admin'])).to.deep.equal(
      right({ kind: 'administrator', tenant: 'uk_company_1', lifetimeSeconds: 43_200 }),
    );
    expect(tokenCommand(['--admin', '--tenant=t', '--hours', '0.5'])).to.deep.equal(
      right({ kind: 'administrator', tenant: 't', lifetimeSeconds: 1_800 }),
    );
  });

  it('asks for a service token without end, each scope once', () => {
    const args = ['--tenant', 't', '--scope', 'geocoding', '--scope', 'logs:read,geocoding'];
    expect(tokenCommand(args)).to.deep.equal(
      right({
        kind: 'service',
        tenant: 't',
        scopes: ['geocoding', 'logs:read'],
        name: 'command line',
        lifetimeSeconds: 0,
      }),
    );
  });

  it('asks for a service token with a name and an end', () => {
    const args = ['--tenant', 't', '--scope', 'sheets', '--name', 'billing', '--hours', '24'];
    expect(tokenCommand(args)).to.deep.include(
      right({ kind: 'service', tenant: 't', scopes: ['sheets'], name: 'billing', lifetimeSeconds: 86_400 }),
    );
  });

  it('names every problem at once', () => {
    expect(problems('--scope', 'everything', '--admin', '--hours=-1')).to.have.length(4);
    expect(problems()).to.deep.equal([
      '--tenant is required: letters, digits, "_", "." and "-"',
      'either --admin or --scope',
    ]);
  });

  for (const [words, args] of [
    ['an unknown option', ['--tenant', 't', '--admin', '--root']],
    ['a word too many', ['--tenant', 't', '--admin', 'please']],
    ['an option without its value', ['--admin', '--tenant']],
    ['a tenant that cannot be one', ['--tenant', 'a b', '--admin']],
    ['an empty scope', ['--tenant', 't', '--scope', '']],
    ['no time at all', ['--tenant', 't', '--admin', '--hours', '0']],
    ['a time that is no number', ['--tenant', 't', '--admin', '--hours', 'long']],
    ['a time without end', ['--tenant', 't', '--admin', '--hours', 'Infinity']],
    ['eleven years', ['--tenant', 't', '--admin', '--hours', String(24 * 365 * 11)]],
  ] as const)
    it(`refuses ${words}`, () => expect(problems(...args)).to.have.length.above(0));

  it('explains the accepted forms for an invalid time', () => {
    const args = ['--tenant', 't', '--admin', '--hours', '0'];
    expect(problems(...args)).to.deep.equal(['--hours: a number above 0, at most 87600']);
  });

  it('refuses to guess which of two tenants, names or times was meant', () => {
    expect(problems('--tenant', 'a', '--tenant', 'b', '--admin')).to.deep.equal(['--tenant: only once']);
    const twice = ['--name=x', '--hours=1', '--name=x', '--hours=2', '--hours=3'];
    expect(problems('--tenant', 'a', '--scope', 'sheets', ...twice)).to.deep.equal([
      '--name: only once',
      '--hours: only once',
    ]);
  });

  it('refuses a name for an administrator, who would not be called so', () => {
    expect(problems('--tenant', 't', '--admin', '--name', 'billing')).to.deep.equal([
      '--name can only be used with --scope: administrators from here are all called command-line',
    ]);
    expect(problems('--tenant', 't', '--name', 'billing')).to.deep.equal(['either --admin or --scope']);
  });

  it('refuses a name that POST /tokens refuses too', () => {
    for (const name of ['a\nb', 'a\u001b[31m', 'a\u0085'])
      expect(problems('--tenant', 't', '--scope', 'sheets', '--name', name)).to.deep.equal([
        '--name: no control characters',
      ]);
  });

  it('tells how it is used, with every scope there is', () => {
    for (const scope of scopes) expect(TOKEN_USAGE).to.include(scope);
  });
});
