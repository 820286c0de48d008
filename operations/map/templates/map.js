"use strict";
(() => {
  const form = document.getElementById("filter");
  if (!form) return;
  const [words, flag, stack, shown, all, none] =
    ["words", "flag", "stack", "shown", "all", "none"].map((id) => document.getElementById(id));
  const clusters = [...document.querySelectorAll(".cluster")].map((section) => ({
    section,
    anchor: section.getAttribute("aria-labelledby"),
    lanes: [...section.querySelectorAll(".lane")].map((lane) => ({
      lane,
      namespaces: [...lane.querySelectorAll(".namespace")],
    })),
  }));
  const total = document.querySelectorAll(".cluster .namespace").length;

  const filter = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const [cluster, number] = stack.value.split(" ");
    const fits = (anchor, { words: text, flags, stacks }) =>
      wanted.every((word) => text.includes(word)) &&
      (!flag.value || flags.split(" ").includes(flag.value)) &&
      (!stack.value || (anchor === cluster && stacks.split(" ").includes(number)));
    let count = 0;
    for (const { section, anchor, lanes } of clusters) {
      let here = 0;
      for (const { lane, namespaces } of lanes) {
        let left = 0;
        for (const namespace of namespaces) {
          namespace.hidden = !fits(anchor, namespace.dataset);
          left += !namespace.hidden;
        }
        lane.hidden = !left;
        here += left;
      }
      section.hidden = !here && count + here < total && !isUnfiltered();
      count += here;
    }
    shown.textContent = count === total ? `${total} shown` : `${count} of ${total} shown`;
    none.hidden = count > 0;
    all.hidden = isUnfiltered();
  };
  const isUnfiltered = () => !words.value && !flag.value && !stack.value;
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.closest("[hidden]")) {
      form.reset();
      filter();
      target.scrollIntoView();
    }
    if (target && target.tabIndex === -1) target.focus({ preventScroll: true });
  };

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  all.addEventListener("click", () => words.focus());
  form.addEventListener("input", filter);
  words.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && words.value) {
      words.value = "";
      filter();
      event.preventDefault();
    }
  });
  addEventListener("hashchange", reveal);
  filter();
  reveal();
})();
