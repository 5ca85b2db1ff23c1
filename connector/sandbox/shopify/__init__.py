"""A Shopify store on loopback: Admin GraphQL 2026-10, signed webhooks, OAuth, a shop to visit.

For people `/` and `/admin`; for drivers `/_sandbox` (see the modules `control*`). Where nobody has
said how the real one behaves, this one takes the way that asks more of an app:

- a wrong client secret is 401 `invalid_client`, a wrong refresh token 400 `invalid_grant`, a wrong
  code 400 `invalid_request`, a wrong token to exchange 400 `invalid_subject_token`;
- an access token lives to its own end, also after a refresh; a refresh token that was used twice
  has two successors, and dies when either is used;
- an app without approval gets null with an error for a checkout's link, or no answer at all;
- a checkout with a contact is listed at once; one that became an order within ten minutes never.
"""

from connector.sandbox.shopify.app import Store, start

__all__ = ["Store", "start"]
