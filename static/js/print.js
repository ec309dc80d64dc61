// "Print" opens the browser's dialog; without JavaScript its own menu does.
const button = document.querySelector(".print-button");
if (button) {
  button.hidden = false;
  button.firstElementChild.addEventListener("click", () => window.print());
}
