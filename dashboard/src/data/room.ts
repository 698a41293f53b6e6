/**
 * The room a text takes, kept for the numbers after it.
 *
 * With tabular figures every digit is as wide as a figure space and a separator about as wide as a punctuation space.
 * So a number that lost a digit gets a space of the same width before it, and neither its point nor its unit moves.
 */

/** As wide as a digit, and as a point. Neither collapses, and both are silent for those who listen. */
const figure = "\u2007";
const punctuation = "\u2008";
/** A number that was longer than this by far was a slip: it reserves nothing. */
const mostKept = 3;

const numeric = /^[\u2212\d][\d.,'\u2019\u00a0\u202f\s]*$/;

/** How wide a text is: digits and signs, and what separates them. A text that is no number is its own measure. */
interface Measure {
  readonly digits: number;
  readonly marks: number;
  readonly text: string;
}

const none: Measure = { digits: 0, marks: 0, text: "" };

function measureOf(text: string): Measure {
  if (!numeric.test(text)) return { ...none, text };
  const digits = text.replace(/[^\u2212\d]/g, "").length;
  return { digits, marks: text.length - digits, text: "" };
}

/** Remembers how wide the texts of one place were. */
export class Room {
  #kept = none;

  /** The text at the width of the widest number so far. */
  fit(text: string): string {
    // Nothing stands there for a moment: its room stays.
    if (text === "") return text;
    const now = measureOf(text);
    const { digits, marks, text: before } = this.#kept;
    const missing = digits - now.digits;
    const keeps = now.text === "" && before === "" && missing <= mostKept;
    this.#kept = keeps
      ? { digits: Math.max(digits, now.digits), marks: Math.max(marks, now.marks), text: "" }
      : now;
    const ahead =
      figure.repeat(this.#kept.digits - now.digits) +
      punctuation.repeat(this.#kept.marks - now.marks);
    return ahead + text;
  }
}
