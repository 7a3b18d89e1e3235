// @ts-check
/** On the page that PayPal sends a payer back to: leads on to the account's page, when the payment was begun there in this tab. */
const begun = sessionStorage.getItem('skypanel.payment');
if (begun) {
  const { link, topUp } = JSON.parse(begun);
  location.replace(`/pay/${encodeURIComponent(link)}#top-up=${encodeURIComponent(topUp)}`);
}
