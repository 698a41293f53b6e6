/**
 * The room a text takes, kept for the numbers after it.
 *
 * With tabular figures every digit is as wide as a figure space and a separator about as wide as a punctuation space.
 * So a number that lost a digit gets a space of the same width before it, and neither its point nor its unit moves.
 * What is known ahead to need more room gets it from the beginning.
 */

/** As wide as a digit, and as a point. Neither collapses, and both are silent for those who listen. */
const figure = "\u2007";
const punctuation = "\u2008";
/** A number that was longer than the next by more than this was a slip: it reserves nothing. */
const mostKept = 4;

const numeric = /^[\u2212\d][\d.,'\u2019\u00a0\u202f\s]*$/;

/** How wide a number is: digits and signs, and what separates them. */
export interface Measure {
  readonly digits: number;
  readonly marks: number;
}

export const noRoom: Measure = { digits: 0, marks: 0 };
/** Four significant digits with their point or separator: `−16.2`, `113.6`, `1,182`. For numbers that stand at the right. */
export const fourDigits: Measure = { digits: 4, marks: 1 };

/** What a text needs; null for one that is no number: that is its own measure. */
function measureOf(text: string): Measure | null {
  if (!numeric.test(text)) return null;
  const digits = text.replace(/[^\u2212\d]/g, "").length;
  return { digits, marks: text.length - digits };
}

function widest(a: Measure, b: Measure): Measure {
  return { digits: Math.max(a.digits, b.digits), marks: Math.max(a.marks, b.marks) };
}

/** A text at the width that is kept for it. */
export interface Fitted {
  readonly text: string;
  /** The space before it. */
  readonly space: Measure;
}

/** Remembers how wide the texts of one place were. */
export class Room {
  readonly #least: Measure;
  #ahead = noRoom;
  #kept: Measure = noRoom;

  /** `least`: what every number here has room for. */
  constructor(least = noRoom) {
    this.#least = least;
  }

  /** Numbers to come may need this much. */
  expect(ahead: Measure): void {
    this.#ahead = ahead;
  }

  /** The text at the width of the widest number so far. */
  fit(text: string): Fitted {
    // Nothing stands there for a moment: its room stays.
    if (text === "") return { text, space: noRoom };
    const now = measureOf(text);
    if (now === null) {
      this.#kept = noRoom;
      return { text, space: noRoom };
    }
    const kept = this.#kept.digits - now.digits <= mostKept ? widest(this.#kept, now) : now;
    this.#kept = kept;
    const { digits, marks } = widest(kept, widest(this.#least, this.#ahead));
    const space = { digits: digits - now.digits, marks: marks - now.marks };
    return { text: figure.repeat(space.digits) + punctuation.repeat(space.marks) + text, space };
  }
}
