import { text, type FormulaCell, type PlainCell } from './cell.ts';

/** The value of every formula that the sandbox does not compute; it computes sums, products and powers of numbers. */
const notComputed = text('#SANDBOX');
const divisionByZero = text('#DIV/0!');

const token = /\s*([0-9]+(?:\.[0-9]*)?|\.[0-9]+|[-+*/^()])\s*/uy;

const tokensOf = (expression: string): readonly string[] | undefined => {
  const tokens: string[] = [];
  let at = 0;
  while (at < expression.length) {
    token.lastIndex = at;
    const match = token.exec(expression);
    if (!match?.[1]) return undefined;
    tokens.push(match[1]);
    at = token.lastIndex;
  }
  return tokens;
};

/** Recursive descent over the tokens; undefined as soon as they do not form an expression. */
class Arithmetic {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  whole(): number | undefined {
    const value = this.#sum();
    return this.#at === this.#tokens.length ? value : undefined;
  }

  #take(...words: readonly string[]): string | undefined {
    const next = this.#tokens[this.#at];
    if (next === undefined || !words.includes(next)) return undefined;
    this.#at += 1;
    return next;
  }

  #chain(operand: () => number | undefined, ...operators: readonly string[]): number | undefined {
    let value = operand();
    for (let sign = this.#take(...operators); sign !== undefined; sign = this.#take(...operators)) {
      const right = operand();
      if (value === undefined || right === undefined) return undefined;
      value = { '+': value + right, '-': value - right, '*': value * right, '/': value / right }[sign];
    }
    return value;
  }

  #sum(): number | undefined {
    return this.#chain(() => this.#product(), '+', '-');
  }

  #product(): number | undefined {
    return this.#chain(() => this.#signed(), '*', '/');
  }

  #signed(): number | undefined {
    const sign = this.#take('+', '-');
    const value = sign === undefined ? this.#power() : this.#signed();
    return sign === '-' && value !== undefined ? -value : value;
  }

  #power(): number | undefined {
    const base = this.#operand();
    if (this.#take('^') === undefined) return base;
    const exponent = this.#signed();
    return base === undefined || exponent === undefined ? undefined : base ** exponent;
  }

  #operand(): number | undefined {
    if (this.#take('(') !== undefined) {
      const value = this.#sum();
      return this.#take(')') === undefined ? undefined : value;
    }
    const next = this.#tokens[this.#at];
    if (next === undefined || !/^[0-9.]/u.test(next)) return undefined;
    this.#at += 1;
    return Number(next);
  }
}

/** The result of `1+2*3`; undefined if it is more than arithmetic. */
export const compute = (expression: string): number | undefined => {
  const tokens = tokensOf(expression);
  return tokens && new Arithmetic(tokens).whole();
};

const resultOf = (expression: string): PlainCell => {
  const value = compute(expression);
  if (value === undefined) return notComputed;
  return Number.isFinite(value) ? { kind: 'number', value } : divisionByZero;
};

/** `formula` begins with `=`. */
export const formulaCell = (formula: string): FormulaCell => ({
  kind: 'formula',
  formula,
  result: resultOf(formula.slice(1)),
});
