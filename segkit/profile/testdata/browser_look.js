const rgba = text => {
  const n = text.match(/[\d.]+/g).map(Number);
  return text.startsWith("color(srgb") ? [n[0] * 255, n[1] * 255, n[2] * 255, n[3] ?? 1] : [n[0], n[1], n[2], n[3] ?? 1];
};
const over = (top, bottom) => [0, 1, 2].map(i => top[i] * top[3] + bottom[i] * (1 - top[3])).concat(1);
const luminance = c => {
  const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a, b) => { const [x, y] = [luminance(a), luminance(b)].sort((a, b) => b - a); return (x + 0.05) / (y + 0.05); };

// The colours behind an element, and a colour of its own with the opacity of all around it.
const behind = e => { const c = rgba(getComputedStyle(e).backgroundColor); return c[3] == 1 ? c : e.parentElement ? over(c, behind(e.parentElement)) : over(c, [255, 255, 255, 1]); };
const seen = (e, text) => { const c = rgba(text); for (let at = e; at; at = at.parentElement) c[3] *= getComputedStyle(at).opacity; return c; };

// Text stands out from what is behind it by 4.5, lines and bars by 3.
function checkContrast(page, window, frame) {
  want(matchMedia("(prefers-color-scheme: dark)").matches == window.matchMedia("(prefers-color-scheme: dark)").matches, "the frame has another scheme");
  want(luminance(behind(page.querySelector("div"))) > 0.5 != matchMedia("(prefers-color-scheme: dark)").matches, "the paper does not follow the scheme");
  want(luminance(behind(page.body)) > 0.5 != matchMedia("(prefers-color-scheme: dark)").matches, "what is around it does not follow the scheme");
  for (const details of all(page, "details")) details.open = true;
  const worst = new Map();
  const test = (what, ratio, least) => { if (!(ratio >= (worst.get(what)?.[0] ?? least))) worst.set(what, [ratio, least]); };
  let texts = 0, marks = 0;
  for (const e of all(page, "body *")) {
    if (!shown(e) || e.closest("style,script")) continue;
    const style = getComputedStyle(e), back = behind(e.matches(".meter i") ? e.parentElement : e), what = e.localName + "." + (e.getAttribute("class") || "") + " in " + e.parentElement.localName + "." + (e.parentElement.getAttribute("class") || "");
    if ([...e.childNodes].some(n => n.nodeType == 3 && n.data.trim())) {
      test(what, contrast(over(seen(e, e.namespaceURI.endsWith("svg") ? style.fill : style.color), back), back), 4.5);
      texts++;
    }
    if (e.localName == "input" && e.placeholder) test(what + " placeholder", contrast(over(seen(e, getComputedStyle(e, "::placeholder").color), back), back), 4.5);
    const colours = e.matches(".box") ? [style.stroke] : e.matches(".bar") ? [style.fill] : e.matches(".line,.dots,.whisker,.median") ? [style.stroke] : e.matches(".meter i") ? [style.backgroundColor] : e.matches(".key") ? [getComputedStyle(e, "::before").backgroundColor] : [];
    if (!colours.length || e.closest("[aria-hidden]")) continue;
    test(what, contrast(over(seen(e, colours[0]), back), back), 3);
    marks++;
  }
  for (const [what, [ratio, least]] of worst) complain(what + " has a contrast of " + ratio.toFixed(2) + ", less than " + least);
  want(texts > 1000 && marks > 100, texts + " texts and " + marks + " lines and bars");
}

// The page fits the screen, and all text its card.
function checkFit(page, window, frame) {
  const wide = page.documentElement.scrollWidth;
  want(wide <= frame.dataset.width, "it is " + wide + " pixels wide");
  for (const a of all(page, "nav a")) want(!shown(a) || a.getBoundingClientRect().height >= 24, "a link " + a.getBoundingClientRect().height + " pixels high");
  for (const details of all(page, "details")) details.open = true;
  const range = page.createRange(), walk = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  const cut = new Map();
  for (let text; text = walk.nextNode();) {
    const e = text.parentElement;
    if (!text.data.trim() || !shown(e) || e.closest(".wide,.hide,select,svg")) continue;
    range.selectNodeContents(text);
    const holder = (e.closest("dl div,li,figcaption,td,th,article,section,header,.tools") || page.body).getBoundingClientRect();
    for (const box of range.getClientRects())
      if (box.width && (box.right > holder.right + 1 || box.left < holder.left - 1)) cut.set(e.localName + " in " + e.parentElement.localName, name(e) + " from " + box.left + " to " + box.right + " in " + holder.left + " to " + holder.right);
  }
  for (const [where, what] of cut) complain(where + " is cut: " + what);
  for (const e of all(page, "*"))
    if (shown(e) && e.clientWidth && e.scrollWidth > e.clientWidth + 1 && !e.closest(".wide,.hide,svg,select,input")) complain("more than it holds: " + name(e) + " " + e.scrollWidth + " of " + e.clientWidth);
  for (const e of all(page, ".card dd,.card figcaption :not(:nth-child(2))")) {
    range.selectNodeContents(e);
    want(!(range.getBoundingClientRect().height > 1.5 * range.getClientRects()[0]?.height), "a figure on two lines: " + name(e.parentElement));
  }
  for (const e of all(page, ".chips a,th a,h3 bdi")) want(getComputedStyle(e).unicodeBidi.startsWith("isolate"), "a name may turn what follows it around: " + name(e));
  for (const e of all(page, "dl div,.card figcaption")) {
    const parts = [...e.children].filter(shown).map(c => c.getBoundingClientRect());
    parts.forEach((box, i) => want(!i || box.left >= parts[i - 1].right - 1 || box.top >= parts[i - 1].bottom - 1, "two texts overlap: " + name(e)));
  }
}

// On paper, as far as styles tell: this puts the styles of print to work.
function checkPaper(page, window, frame) {
  let rules = 0;
  for (const sheet of page.styleSheets) for (const rule of sheet.cssRules) if (rule.media?.mediaText == "print") { rule.media.mediaText = "all"; rules++; }
  want(rules == 1, rules + " rules for print");
  want(all(page, "nav,.tools,.switch label").every(e => !shown(e)), "there is something to click on");
  for (const e of all(page, "th button")) want(getComputedStyle(e, "::after").display == "none", "arrows to sort by");
  for (const e of all(page, "details")) want(!e.open && e.lastElementChild.checkVisibility(), "details are closed: " + name(e));
  for (const e of all(page, "article,figure,tr,.alerts li")) want(!shown(e) || getComputedStyle(e).breakInside == "avoid" || e.closest("article"), "a page may end within " + name(e));
  checkFit(page, window, frame);
  for (const e of all(page, ".wide")) for (const part of e.children) {
    const box = part.getBoundingClientRect();
    want(!shown(part) || box.right <= frame.dataset.width, e.getAttribute("aria-label") + " is " + Math.round(box.right) + " pixels wide on paper");
  }
}

function checkDark() { want(matchMedia("(prefers-color-scheme: dark)").matches, "Chromium is not dark"); }
