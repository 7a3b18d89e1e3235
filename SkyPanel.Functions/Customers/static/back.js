// @ts-check
/** On the page that PayPal returns a payer to: redirects to the account's page if this tab started the payment there. */
const payment = sessionStorage.getItem('skypanel.payment');
if (payment) {
  const { link, topUp } = JSON.parse(payment);
  location.replace(`/pay/${encodeURIComponent(link)}#top-up=${encodeURIComponent(topUp)}`);
}
