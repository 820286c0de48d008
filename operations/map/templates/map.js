"use strict";
(() => {
  const search = document.getElementById("search");
  const namespaces = [...document.querySelectorAll(".namespace")];
  search.hidden = namespaces.length < 2;
  search.addEventListener("input", () => {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const namespace of namespaces) {
      namespace.hidden = !wanted.every((word) => namespace.dataset.words.includes(word));
    }
    for (const lane of document.querySelectorAll(".lane")) {
      lane.hidden = !lane.querySelector(".namespace:not([hidden])");
    }
  });
})();
