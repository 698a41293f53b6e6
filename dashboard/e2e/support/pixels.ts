/** Pixels of a picture: looked at in a page of the browser itself, which can decode it. */
import type { Browser } from "playwright-core";

/** What the hues in a picture come to. */
export interface Hues {
  /** Largest OKLCH chroma. */
  readonly most: number;
  /** Pixels above the limit, and where the first one is. */
  readonly count: number;
  readonly first: string;
}

/** OKLCH chroma of every pixel (Ottosson 2020, "A perceptual color space for image processing"). */
function measure([png, limit]: readonly [string, number]): Promise<Hues> {
  const linear = Float64Array.from({ length: 256 }, (_, level) => {
    const part = level / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const chroma = (red: number, green: number, blue: number): number => {
    const [r = 0, g = 0, b = 0] = [linear[red], linear[green], linear[blue]];
    const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    const green_red = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
    const blue_yellow = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
    return Math.hypot(green_red, blue_yellow);
  };
  return new Promise((resolve, reject) => {
    const picture = new Image();
    picture.onerror = reject;
    picture.onload = () => {
      const pen = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
      if (pen === null) return reject(new Error("no canvas"));
      pen.drawImage(picture, 0, 0);
      const { data } = pen.getImageData(0, 0, picture.width, picture.height);
      const known = new Map<number, number>();
      let [most, count, first] = [0, 0, ""];
      for (let at = 0; at < data.length; at += 4) {
        const [red = 0, green = 0, blue = 0] = [data[at], data[at + 1], data[at + 2]];
        const colour = (red << 16) | (green << 8) | blue;
        let hue = known.get(colour);
        if (hue === undefined) {
          hue = chroma(red, green, blue);
          known.set(colour, hue);
        }
        most = Math.max(most, hue);
        if (hue <= limit) continue;
        const [x, y] = [(at / 4) % picture.width, Math.floor(at / 4 / picture.width)];
        if (count === 0) first = `rgb(${red} ${green} ${blue}) at ${x}, ${y}`;
        count += 1;
      }
      resolve({ most, count, first });
    };
    picture.src = `data:image/png;base64,${png}`;
  });
}

/** The hues of a picture above an OKLCH chroma. */
export async function huesOf(browser: Browser, png: Buffer, limit: number): Promise<Hues> {
  const page = await browser.newPage();
  try {
    return await page.evaluate(measure, [png.toString("base64"), limit] as const);
  } finally {
    await page.close();
  }
}
