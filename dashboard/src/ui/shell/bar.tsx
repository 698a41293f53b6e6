/** The bar at the top of every page, and the one at the bottom on phones. */
import { useRef } from "preact/hooks";
import { words } from "../../data/words.ts";
import { useDashboard } from "../context.ts";
import { Drawing, type Icon } from "../glyph.tsx";
import { closeOverlay, drawer, openOverlay, overlay } from "../page-state.ts";
import { isPhone } from "../signals.ts";
import { Chain } from "./chain.tsx";

/** Pages the navigation shows: those that exist. */
const pages = [
  { page: "overview", label: words.nav.overview, icon: "overview" },
  { page: "status", label: words.nav.status, icon: "status" },
] as const satisfies readonly { page: string; label: string; icon: Icon }[];

/** Typing rests this long before the wall is narrowed, in ms. */
const typingRest = 150;

function usePageName(): string {
  const { route } = useDashboard();
  const { page } = route.current.value;
  if (page === "device") return words.nav.device;
  return page === "status" ? words.nav.status : words.nav.overview;
}

/** Logo, pages, search, truth chain, clock, user. */
export function Bar() {
  const { link, route } = useDashboard();
  const here = route.current.value.page;
  const name = usePageName();
  return (
    <header class="bar">
      <a class="brand" href={route.href({ page: "overview" })}>
        <svg aria-hidden="true">
          <use href="#g-logo" />
        </svg>
        <span>{isPhone.value ? name : words.product}</span>
      </a>
      <nav class="nav" aria-label={words.nav.label}>
        {pages.map(({ page, label }) => (
          <a key={page} href={route.href({ page })} {...current(here, page)}>
            <span class="fixed-width" data-text={label}>
              {label}
            </span>
          </a>
        ))}
      </nav>
      <SearchBox />
      {isPhone.value ? (
        <button
          type="button"
          class="icon-btn"
          aria-label={words.search.open}
          aria-haspopup="dialog"
          onClick={() => openOverlay("palette")}
        >
          <Drawing name="search" />
        </button>
      ) : null}
      <div class="chain-place">
        <Chain />
      </div>
      <time class="clock">{link.clock.value}</time>
      {isPhone.value ? null : <UserButton />}
    </header>
  );
}

function current(here: string, page: string): { "aria-current"?: "page" } {
  const shown = here === "device" || here === "missing" ? "overview" : here;
  return shown === page ? { "aria-current": "page" } : {};
}

function SearchBox() {
  const { route } = useDashboard();
  const timer = useRef(0);
  const { q, page } = route.current.value;
  const commit = (text: string, now: boolean) => {
    window.clearTimeout(timer.current);
    if (page === "overview")
      timer.current = window.setTimeout(() => route.filter({ q: text }), now ? 0 : typingRest);
    else if (now) route.go({ page: "overview", q: text });
  };
  return (
    <search class="search">
      <Drawing name="search" />
      <input
        id="search"
        type="search"
        autocomplete="off"
        spellcheck={false}
        enterkeyhint="search"
        aria-label={words.search.label}
        aria-keyshortcuts="/"
        placeholder={words.search.hint}
        value={q}
        onInput={(event) => commit(event.currentTarget.value, false)}
        onKeyDown={(event) => {
          if (event.key === "Enter") commit(event.currentTarget.value, true);
          if (event.key !== "Escape") return;
          event.stopPropagation();
          if (event.currentTarget.value === "") document.getElementById("main")?.focus();
          else {
            event.currentTarget.value = "";
            commit("", page === "overview");
          }
        }}
      />
      <span class="hints">
        <kbd class="kbd">/</kbd>
        <button
          type="button"
          class="kbd"
          aria-label={words.search.openPalette}
          aria-haspopup="dialog"
          onClick={() => openOverlay("palette")}
        >
          {words.search.palette}
        </button>
      </span>
    </search>
  );
}

function UserButton() {
  return (
    <button
      type="button"
      class="who"
      aria-label={words.menu.title}
      aria-haspopup="dialog"
      aria-expanded={overlay.value === "menu"}
      onClick={() => (overlay.peek() === "menu" ? closeOverlay() : openOverlay("menu"))}
    >
      <Drawing name="menu" />
    </button>
  );
}

function BottomLink({ page: { page, label, icon } }: { page: (typeof pages)[number] }) {
  const { route } = useDashboard();
  return (
    <a href={route.href({ page })} {...current(route.current.value.page, page)}>
      <Drawing name={icon} />
      {label}
    </a>
  );
}

/** Pages at the bottom of a phone, and the places. */
export function BottomBar() {
  const { route } = useDashboard();
  const here = route.current.value.page;
  return (
    <nav class="bottom" aria-label={words.nav.label}>
      <BottomLink page={pages[0]} />
      <button
        type="button"
        aria-expanded={drawer.value}
        onClick={() => {
          if (here !== "overview") route.go({ page: "overview" });
          drawer.value = !drawer.value;
        }}
      >
        <Drawing name="places" />
        {words.places.title}
      </button>
      <BottomLink page={pages[1]} />
      <button type="button" aria-haspopup="dialog" onClick={() => openOverlay("menu")}>
        <Drawing name="menu" />
        {words.nav.more}
      </button>
    </nav>
  );
}
