/**
 * Parts of the page that are fetched once they are needed, and what became of one that did not come.
 *
 * A hub that was updated serves parts of other names than this page knows: only loading the page anew helps then.
 */

/** Why a part is missing: nobody answered, the hub serves another build, or the part alone failed. */
export type Lack = "no-hub" | "other-build" | "failed";

/** What a part stands on in the browser. */
export interface Ground {
  /** Fetches again what the page's own styles lack; a style sheet that failed once is not asked for by itself. */
  readonly mendStyles: () => Promise<void>;
  /** The start page as the hub serves it now. */
  readonly startPage: () => Promise<string>;
  /** Address of the script this page began with, as it stands in the start page. */
  readonly ownScript: string;
}

/** Fetches a part together with its styles, or says what it lacks. */
export async function fetchPart<Part>(
  load: () => Promise<Part>,
  ground: Ground,
): Promise<{ readonly part: Part } | { readonly lack: Lack }> {
  try {
    await ground.mendStyles();
    return { part: await load() };
  } catch {
    return { lack: await lackOf(ground) };
  }
}

async function lackOf({ ownScript, startPage }: Ground): Promise<Lack> {
  try {
    return (await startPage()).includes(ownScript) ? "failed" : "other-build";
  } catch {
    return "no-hub";
  }
}

/** The browser's own page. */
export const ground: Ground = {
  async mendStyles() {
    const links = document.querySelectorAll<HTMLLinkElement>('link[rel="stylesheet"]');
    await Promise.all([...links].filter(({ sheet }) => sheet === null).map(fetchStyle));
  },
  async startPage() {
    const response = await fetch("/", { cache: "no-cache" });
    if (!response.ok) throw new Error(`the hub answered ${response.status}`);
    return response.text();
  },
  get ownScript() {
    const script = document.querySelector('script[type="module"][src]');
    return script?.getAttribute("src") ?? "";
  },
};

/** A style sheet that failed, or is still on its way, is asked for once more: a link asks only when it is put in. */
function fetchStyle(link: HTMLLinkElement): Promise<void> {
  return new Promise((resolve, reject) => {
    const again = link.cloneNode() as HTMLLinkElement;
    again.onload = () => resolve();
    again.onerror = () => reject(new Error(`no style sheet at ${link.href}`));
    link.replaceWith(again);
  });
}
