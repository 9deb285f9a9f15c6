"use strict";
// Search and order without a server: the same as query.go and column.go, which says what a query is.

const numeral = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

// number is NaN for what is none.
function number(text) {
  const plain = text.replace(/^\+/, "");
  if (plain == "Infinity" || plain == "-Infinity") return Number(plain);
  return numeral.test(text) ? Number(text) : NaN;
}

const blank = c => c == " " || c == "\t" || c == "\n" || c == "\r";

function parseQuery(text) {
  const runes = [...text], terms = [];
  let note = "";
  for (let i = 0; i < runes.length;) {
    if (blank(runes[i])) { i++; continue; }
    const t = {not: false, field: "", op: "", value: ""};
    let part = "", quoted = false, open = false;
    if (runes[i] == "-" && i + 1 < runes.length && runes[i + 1] != " ") { t.not = true; i++; }
    for (; i < runes.length; i++) {
      const c = runes[i];
      if (c == '"') { quoted = true; open = !open; continue; }
      if (open) { part += c; continue; }
      if (blank(c)) break;
      if (!t.op && part) {
        const op = operator(c, runes[i + 1], part);
        if (op) { t.field = part; t.op = op; part = ""; i += op.length - 1; continue; }
      }
      part += c;
    }
    if (open) note = "a quotation mark is not closed";
    t.value = part;
    if (t.value || quoted && t.op) terms.push(t);
  }
  return {terms, note};
}

function operator(c, next, field) {
  if (c == ":" && (field == "name" || field == "tag" || field == "state")) return ":";
  if ((c == "<" || c == ">" || c == "!") && next == "=") return c + "=";
  return c == "<" || c == ">" || c == "=" ? c : "";
}

function compareTo(have, op, want) {
  const x = number(have), y = number(want), xn = !Number.isNaN(x), yn = !Number.isNaN(y);
  const a = have.toLowerCase(), b = want.toLowerCase();
  const order = xn && yn ? Math.sign(x - y) || (x < y ? -1 : x > y ? 1 : 0) : a < b ? -1 : a > b ? 1 : 0;
  if (op == "=") return order == 0;
  if (op == "!=") return order != 0;
  if (xn != yn) return false;
  return op == "<" ? order < 0 : op == "<=" ? order <= 0 : op == ">" ? order > 0 : order >= 0;
}

// termKeys are the columns that a comparison may mean.
function termKeys(field) {
  if (/^(param|last|min|max):/.test(field)) return [field];
  const keys = ["param:" + field, "last:" + field];
  if (["name", "state", "started", "duration"].includes(field)) keys.push(field);
  return keys;
}

// holds tells whether a term is true of a run, whose cells raw(run, key) gives; undefined for none.
function holds(t, run, raw) {
  const value = t.value.toLowerCase();
  if (!t.op) return run.words.includes(value);
  if (t.op == ":") return t.field == "tag" ? run.tags.some(tag => tag.toLowerCase().includes(value)) : raw(run, t.field).toLowerCase().includes(value);
  return termKeys(t.field).some(key => { const have = raw(run, key); return have !== undefined && compareTo(have, t.op, t.value); });
}

function filterRuns(runs, query, raw) {
  let {terms, note} = parseQuery(query);
  const kept = runs.filter(run => terms.every(t => holds(t, run, raw) != t.not));
  if (kept.length || note) return {kept, note};
  for (const t of terms)
    if (t.op && t.op != ":" && !runs.some(run => termKeys(t.field).some(key => raw(run, key) !== undefined)))
      return {kept, note: "no run has a parameter or metric called " + JSON.stringify(t.field)};
  return {kept, note};
}

// sortKey orders numbers before texts, and what is none after both.
function sortKey(text) {
  if (text === undefined) return {rank: 2};
  const v = number(text);
  return Number.isNaN(v) ? {rank: 1, value: text.toLowerCase()} : {rank: 0, value: v};
}

function compareKeys(a, b, down) {
  if (a.rank != b.rank || a.rank == 2) return a.rank - b.rank;
  return (a.value < b.value ? -1 : a.value > b.value ? 1 : 0) * (down ? -1 : 1);
}

// sorted returns a list in the order of a key, which text gives for each; what is equal stays as it was.
function sorted(list, text, down) {
  return list.map(e => [sortKey(text(e)), e]).sort((a, b) => compareKeys(a[0], b[0], down)).map(e => e[1]);
}
