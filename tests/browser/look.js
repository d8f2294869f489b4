// What a test asks of a page. Put into it before its own scripts run; each gives the faults that it finds.
window.look = {
  // What moved under the reader's eyes, as browsers count it.
  shifted: 0,

  shape() {
    const faults = [];
    const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((one) => +one.tagName[1]);
    const firsts = levels.filter((one) => one === 1).length;
    if (firsts !== 1) faults.push(`${firsts} h1`);
    levels.forEach((one, at) => {
      if (at && one > levels[at - 1] + 1) faults.push(`h${one} after h${levels[at - 1]}`);
    });
    for (const one of ["main", "header", "footer"]) {
      if (!document.querySelector(one)) faults.push(`no ${one}`);
    }
    if (!document.title.trim()) faults.push("no title");
    if (!["vi", "en"].includes(document.documentElement.lang)) faults.push("no language");
    const inline =
      '[style], [onclick], [onload], [onerror], style, script:not([src]):not([type="application/ld+json"])';
    for (const one of document.querySelectorAll(inline)) faults.push(`inline: ${one.outerHTML.slice(0, 100)}`);
    return faults;
  },

  // What makes a page scroll sideways.
  narrow() {
    const wide = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= wide) return [];
    const clipped = (one) => {
      for (let up = one.parentElement; up && up !== document.body; up = up.parentElement) {
        if (getComputedStyle(up).overflowX !== "visible") return true;
      }
      return false;
    };
    const beyond = [...document.body.querySelectorAll("*")]
      .filter((one) => one.getBoundingClientRect().right > wide + 1 && !clipped(one))
      .slice(0, 5);
    return [`scrolls sideways at ${wide} px`, ...beyond.map((one) => `too wide: ${one.outerHTML.slice(0, 120)}`)];
  },

  // Whether what has the focus shows it.
  focus() {
    const one = document.activeElement;
    if (one === document.body || one === document.documentElement) return [];
    const style = getComputedStyle(one);
    const seen = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
    return seen ? [] : [`focus is not seen on ${one.outerHTML.slice(0, 120)}`];
  },

  // What scripts added: without them it must be there as well.
  lacking(sent) {
    const texts = (page) =>
      [...page.querySelectorAll("main h1, main h2, main h3, main a[href], main label, main button")]
        .filter((one) => !one.closest("[hidden]"))
        .map((one) => one.textContent.replace(/\s+/g, " ").trim());
    const there = new Set(texts(new DOMParser().parseFromString(sent, "text/html")));
    return texts(document)
      .filter((one) => one && !there.has(one))
      .map((one) => `only with scripts: ${one.slice(0, 80)}`);
  },
};

new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.look.shifted += one.value;
}).observe({ type: "layout-shift", buffered: true });
