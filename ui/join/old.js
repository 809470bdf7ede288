// For browsers that know no modules: says that the browser is too old, and offers the link for another one. Written for such browsers.
(function () {
  var link = document.getElementById("link");
  document.getElementById("heading").textContent = "This browser is too old";
  document.getElementById("text").textContent =
    "It does not support video calls. Copy the link below and open it in Chrome, Edge, Firefox or Safari.";
  link.value = location.href;
  link.setAttribute("aria-label", "Your link");
  document.getElementById("elsewhere").removeAttribute("hidden");
  document.getElementById("late").style.display = "none";
  link.onfocus = function () {
    link.setSelectionRange(0, link.value.length);
  };
})();
