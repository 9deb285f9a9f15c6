"use strict";
// With a server: what a reader chooses, and what is new of a run that is being written, comes from the server as a page, of
// which only the parts that have changed are taken. So the server alone knows how a page looks.

const pace = 2000; // milliseconds between two looks
let request; // the one that is under way
let columnsChosen = new URLSearchParams(location.search).has("col");

// morph makes an element what another is. What the reader has opened, typed or marked stays; what a script added has data-own.
function morph(old, next) {
  if (old.isEqualNode(next)) return old;
  if (old.nodeName != next.nodeName || old.id != next.id) { old.replaceWith(next); return next; }
  if (old.nodeType != 1) { old.data = next.data; return old; }
  if (old.matches(".chart")) {
    if (old.querySelector("script").textContent == next.querySelector("script").textContent) return old;
    const picture = old.querySelector("svg");
    if (picture) picture.enhanced = false;
  }
  for (const a of [...old.attributes]) if (!next.hasAttribute(a.name) && !(a.name == "open" && old.localName == "details")) old.removeAttribute(a.name);
  for (const a of next.attributes) if (old.getAttribute(a.name) != a.value) old.setAttribute(a.name, a.value);
  if (old.localName == "input") {
    if (old.type == "checkbox") old.checked = next.defaultChecked;
    else if (old != document.activeElement) old.value = next.getAttribute("value") ?? "";
  }
  if (old.localName != "iframe") morphChildren(old, next);
  return old;
}

// morphChildren knows those that have an id by it, and the others by their place.
function morphChildren(old, next) {
  const known = new Map([...old.children].filter(c => c.id).map(c => [c.id, c]));
  let at = old.firstChild;
  for (const child of [...next.childNodes]) {
    while (at?.dataset?.own !== undefined) at = at.nextSibling;
    const match = child.id ? known.get(child.id) : at?.id ? null : at;
    if (!match) { old.insertBefore(child, at); continue; }
    if (match != at) old.insertBefore(match, at);
    at = morph(match, child).nextSibling;
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    if (gone.dataset?.own === undefined) gone.remove();
  }
}

// load takes over what the page at an address shows.
async function load(url) {
  request?.abort();
  const mine = request = new AbortController();
  const begin = performance.now();
  try {
    const response = await fetch(url, {signal: mine.signal});
    const text = await response.text();
    if (mine.signal.aborted) return 0;
    const page = new DOMParser().parseFromString(text, "text/html");
    const focused = document.activeElement;
    morph(document.getElementById("main"), page.getElementById("main"));
    if (focused != document.activeElement && focused.isConnected) focused.focus({preventScroll: true});
    document.title = page.title;
    document.documentElement.toggleAttribute("data-live", page.documentElement.hasAttribute("data-live"));
    document.getElementById("offline")?.remove();
    enhanceAll();
    count();
  } catch (e) {
    if (e.name == "AbortError") return 0;
    if (!document.getElementById("offline"))
      element("p", "The server does not answer. What you see is as it was; scripts/runs starts it again.", document.body, {id: "offline", class: "alert", role: "status"});
  }
  return performance.now() - begin;
}

// go leads to an address of the same page, without leaving it.
function go(url, replace) {
  history[replace ? "replaceState" : "pushState"](null, "", url);
  return load(location.href);
}

// chosen is the address of what a form says. The columns are a part of it once the reader has chosen some.
function chosen(form) {
  const all = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value && (name != "col" || columnsChosen)) all.append(name, value);
  return location.pathname + "?" + all;
}

const picks = () => [...new Set([...document.querySelectorAll("#list [name=run]")].filter(e => e.type == "hidden" || e.checked).map(e => e.value))];

// count says how many runs are chosen.
function count() {
  const button = document.querySelector("button.compare"), n = picks().length;
  if (!button) return;
  document.getElementById("picked").textContent = n ? n + " chosen" : "chosen";
  button.disabled = n < 2;
  button.title = n < 2 ? "Choose two runs or more" : "";
}

let typing;
document.addEventListener("input", e => {
  if (e.target.type != "search") return;
  clearTimeout(typing);
  typing = setTimeout(() => go(chosen(e.target.form), true), 120);
});
document.addEventListener("change", e => {
  if (e.target.type != "checkbox") return;
  if (e.target.name == "col") columnsChosen = true;
  count();
  go(chosen(e.target.form), true);
});
document.addEventListener("submit", e => {
  e.preventDefault();
  clearTimeout(typing);
  if (!e.submitter?.classList.contains("compare")) return void go(chosen(e.target));
  location.href = e.submitter.formAction + "?" + new URLSearchParams(picks().map(p => ["run", p]));
});
document.addEventListener("click", e => {
  for (const drop of document.querySelectorAll("details.drop[open]")) if (!drop.contains(e.target)) drop.open = false;
  const link = e.target.closest("a[data-go]");
  if (!link || e.ctrlKey || e.metaKey || e.shiftKey || e.button) return;
  e.preventDefault();
  const pages = link.closest(".pages"), region = document.querySelector(".grid .wide");
  go(link.href).then(() => {
    const field = document.querySelector("[type=search]");
    if (field) field.value = new URLSearchParams(location.search).get("q") ?? "";
    if (pages && region) { region.scrollTop = 0; region.scrollIntoView({block: "nearest"}); }
  });
});
document.addEventListener("keydown", e => {
  if (e.key != "Escape") return;
  for (const drop of document.querySelectorAll("details.drop[open]")) { drop.open = false; drop.firstElementChild.focus(); }
});
addEventListener("popstate", () => load(location.href));

// A page of a run that is being written looks again by itself, as long as somebody sees it, and until the run has ended.
async function watch() {
  let took = 0;
  if (document.documentElement.hasAttribute("data-live") && !document.hidden) took = await load(location.href);
  setTimeout(watch, Math.max(pace, 5 * took));
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) load(location.href); });
document.addEventListener("DOMContentLoaded", () => { count(); setTimeout(watch, pace); });
