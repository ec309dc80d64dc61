// Another amount is typed over the one filled in; without JavaScript it is cleared first.
const amount = document.querySelector(".take [name=amount]");
if (amount && !location.hash) {
  amount.focus();
  amount.select();
}
