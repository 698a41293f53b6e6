/**
 * Plain links move inside the page, and going back finds scroll and focus where they were.
 *
 * One listener serves all links, so every link stays a real address that opens in a new tab as usual.
 */
import { effect } from "@preact/signals";
import type { Dashboard } from "../state/index.ts";

/** Where a page was left. */
interface Left {
  readonly scroll: number;
  /** Address of the focused link, to focus it again. */
  readonly focus: string | null;
}

const left = new Map<string, Left>();

/** When the browser itself went to another page of its history, by `performance.now()`. */
let poppedAt = Number.NEGATIVE_INFINITY;
/** A page that changes this soon after was reached through history, in ms. */
const popMs = 100;

const address = () => `${location.pathname}${location.search}`;

/** Notes scroll and focus of the page that is about to be left. */
function remember(): void {
  const focused = document.activeElement;
  left.set(address(), {
    scroll: window.scrollY,
    focus: focused instanceof HTMLAnchorElement ? focused.getAttribute("href") : null,
  });
}

/** Follows links and restores pages; gives what ends it. */
export function bindLinks(dashboard: Dashboard): () => void {
  history.scrollRestoration = "manual";
  const onClick = (event: MouseEvent) => {
    const anchor = linkToFollow(event);
    if (anchor === null) return;
    event.preventDefault();
    remember();
    if (anchor.pathname + anchor.search === address()) {
      window.scrollTo(0, 0);
      return;
    }
    history.pushState(null, "", anchor.href);
    window.dispatchEvent(new PopStateEvent("popstate"));
  };
  const onPop = (event: PopStateEvent) => {
    // A real one is made by the browser; ours above is not trusted.
    poppedAt = event.isTrusted ? performance.now() : Number.NEGATIVE_INFINITY;
  };
  document.addEventListener("click", onClick);
  window.addEventListener("popstate", onPop);
  let page = "";
  const end = effect(() => {
    const route = dashboard.route.current.value;
    const now = `${route.page} ${route.device}`;
    if (page !== "" && now !== page) arrive();
    page = now;
  });
  return () => {
    end();
    document.removeEventListener("click", onClick);
    window.removeEventListener("popstate", onPop);
  };
}

function linkToFollow(event: MouseEvent): HTMLAnchorElement | null {
  if (event.defaultPrevented || event.button !== 0) return null;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return null;
  const anchor = (event.target as Element | null)?.closest("a");
  if (anchor == null || anchor.target !== "" || anchor.origin !== location.origin) return null;
  const href = anchor.getAttribute("href") ?? "";
  return href.startsWith("/") && !href.startsWith("/api/") ? anchor : null;
}

/** Frames to wait for a page's code and its first drawing. */
const patience = 120;

/** After the new page is drawn: to its top and its content, or to where it was left. */
function arrive(): void {
  const started = performance.now();
  const from = address();
  let frames = 0;
  const settle = () => {
    if (address() !== from) return;
    frames++;
    // Asked for a frame later: the router may hear of it before this module does.
    const back = poppedAt > started - popMs;
    const place = back ? left.get(from) : undefined;
    const main = document.getElementById("main");
    const room = document.documentElement.scrollHeight - window.innerHeight;
    const ready = main !== null && frames > 2 && room + 2 >= (place?.scroll ?? 0);
    if (!ready && frames < patience) {
      requestAnimationFrame(settle);
      return;
    }
    window.scrollTo(0, place?.scroll ?? 0);
    main?.focus({ preventScroll: true });
    // Rows of the wall are drawn in the frame after the scroll.
    if (place?.focus != null)
      requestAnimationFrame(() => requestAnimationFrame(() => focusLink(place.focus)));
  };
  requestAnimationFrame(settle);
}

function focusLink(href: string | null): void {
  if (href === null) return;
  const link = document.querySelector<HTMLElement>(`#main a[href="${CSS.escape(href)}"]`);
  link?.focus({ preventScroll: true });
}
