-- The support desk of a small shop. Every run of an agent starts from its own copy, in memory.
CREATE TABLE customers (
  customer_id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, card TEXT NOT NULL, balance REAL NOT NULL DEFAULT 0,
  merged_into TEXT NOT NULL DEFAULT '', locked INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE orders (
  order_id TEXT PRIMARY KEY, customer_id TEXT NOT NULL, placed TEXT NOT NULL, status TEXT NOT NULL, address TEXT NOT NULL, total REAL NOT NULL
);
CREATE TABLE items (
  item_id TEXT PRIMARY KEY, order_id TEXT NOT NULL, name TEXT NOT NULL, size TEXT NOT NULL, price REAL NOT NULL, warranty_until TEXT NOT NULL
);
CREATE TABLE payments (
  payment_id TEXT PRIMARY KEY, order_id TEXT NOT NULL, method TEXT NOT NULL, amount REAL NOT NULL, state TEXT NOT NULL
);
CREATE TABLE shipments (
  shipment_id TEXT PRIMARY KEY, order_id TEXT NOT NULL, status TEXT NOT NULL, address TEXT NOT NULL
);
CREATE TABLE subscriptions (
  subscription_id TEXT PRIMARY KEY, customer_id TEXT NOT NULL, plan TEXT NOT NULL, status TEXT NOT NULL,
  paused_until TEXT NOT NULL DEFAULT ''
);
-- What agents do is written here, one row for one act.
CREATE TABLE refunds (id INTEGER PRIMARY KEY, order_id TEXT, method TEXT, customer_id TEXT, amount REAL);
CREATE TABLE returns (id INTEGER PRIMARY KEY, order_id TEXT, item_id TEXT, postage TEXT);
CREATE TABLE exchanges (id INTEGER PRIMARY KEY, order_id TEXT, item_id TEXT, size TEXT);
CREATE TABLE claims (id INTEGER PRIMARY KEY, kind TEXT, about TEXT);
CREATE TABLE replacements (id INTEGER PRIMARY KEY, order_id TEXT, item_id TEXT);
CREATE TABLE escalations (id INTEGER PRIMARY KEY, reason TEXT);
