// A site of the demo in Node.js: it says who asks, as nginx tells it. Nothing but Node's own modules.
'use strict';
const http = require('http');

const started = new Date();
let visits = 0;

const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const server = http.createServer((request, response) => {
  visits += 1;
  const french = (request.headers['accept-language'] || 'fr').startsWith('fr');
  const who = escaped(request.headers['x-forwarded-for'] || '');
  const words = french
    ? [`Bonjour`, `Ce programme Node.js ${process.version} répond depuis ${started.toISOString()}.`, `${visits} visites. Vous venez de ${who}`]
    : [`Hello`, `This program in Node.js ${process.version} has answered since ${started.toISOString()}.`, `${visits} visits. Your address: ${who}`];
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(
    `<!doctype html><html lang="${french ? 'fr' : 'en'}"><meta charset="utf-8">` +
      `<meta name="viewport" content="width=device-width, initial-scale=1"><title>${words[0]}</title>` +
      `<style>body{font:1.125rem/1.6 system-ui,sans-serif;margin:0 auto;max-width:40rem;padding:3rem 1.5rem}</style>` +
      `<h1>${words[0]}</h1><p>${words[1]}</p><p>${words[2]}</p></html>\n`,
  );
});

server.listen(process.env.PORT || 3000, () => console.log('listening'));
