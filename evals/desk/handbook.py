"""The desk's handbook: every procedure with what it is for and its steps, arguments given as references.

The recorder works from it, and so does an agent without experience, who has to find the right page first. Which
procedure a request calls for is not in it: that is the ticket's hidden truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ORDER, CUSTOMER, SUBSCRIPTION = "text.order.0", "context.customer", "text.subscription.0"
ITEM = {"order_id": ORDER, "item_id": "get_order.items.*0.item_id"}
PAID = "get_payments.payments.*0.amount"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call: the tool, and a reference for each of its arguments."""

    tool: str
    arguments: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """One page of the handbook."""

    name: str
    purpose: str
    steps: tuple[Step, ...]
    look_alike: str = ""  # the procedure that a careless colleague takes it for


def step(tool: str, **arguments: str) -> Step:
    """A step, its arguments by keyword."""
    return Step(tool=tool, arguments=arguments)


SEE_ORDER, SEE_PAYMENTS = step("get_order", order_id=ORDER), step("get_payments", order_id=ORDER)
SEE_PARCEL = step("get_shipment", order_id=ORDER)
SEE_SUBSCRIPTION = step("get_subscription", subscription_id=SUBSCRIPTION)
PARCEL = "get_shipment.shipment_id"
PRICE = "get_order.items.*0.price"

PAGES = (
    Procedure(
        name="refund_to_card",
        purpose="Refund an order that was paid by bank card: back to that card.",
        steps=(SEE_ORDER, SEE_PAYMENTS, step("refund_to_card", order_id=ORDER, amount=PAID)),
        look_alike="refund_to_balance",
    ),
    Procedure(
        name="refund_to_balance",
        purpose="Refund an order that was paid by gift card or voucher: to the gift balance.",
        steps=(
            *(SEE_ORDER, SEE_PAYMENTS),
            step("refund_to_balance", order_id=ORDER, customer_id="get_order.customer_id", amount=PAID),
        ),
        look_alike="refund_to_card",
    ),
    Procedure(
        name="refund_to_paypal",
        purpose="Refund an order that was paid through PayPal: back to PayPal.",
        steps=(SEE_ORDER, SEE_PAYMENTS, step("refund_to_paypal", order_id=ORDER, amount=PAID)),
        look_alike="refund_to_card",
    ),
    Procedure(
        name="price_adjustment",
        purpose="Item became cheaper in the week after the sale: lower its price.",
        steps=(SEE_ORDER, step("adjust_price", **ITEM, price="text.money.0")),
        look_alike="return_size",
    ),
    Procedure(
        name="cancel_unshipped",
        purpose="Cancel an order that is still being prepared in the warehouse.",
        steps=(SEE_ORDER, step("cancel_order", order_id=ORDER)),
        look_alike="recall_parcel",
    ),
    Procedure(
        name="recall_parcel",
        purpose="Stop an order that has left and is with the courier: the parcel is called back.",
        steps=(SEE_ORDER, SEE_PARCEL, step("intercept_shipment", shipment_id=PARCEL)),
        look_alike="cancel_unshipped",
    ),
    Procedure(
        name="exchange_size",
        purpose="Clothes that do not fit and are wanted in another size: exchange.",
        steps=(SEE_ORDER, step("exchange_item", **ITEM, size="text.size.0")),
        look_alike="return_size",
    ),
    Procedure(
        name="return_size",
        purpose="Clothes that do not fit or please and are not wanted: return for the money.",
        steps=(SEE_ORDER, step("open_return", **ITEM)),
        look_alike="exchange_size",
    ),
    Procedure(
        name="merge_accounts",
        purpose="One person with two accounts: merge them into the one that the customer writes from.",
        steps=(
            *(step("get_customer", customer_id=CUSTOMER), SEE_ORDER),
            step("merge_accounts", keep=CUSTOMER, remove="get_order.customer_id"),
        ),
        look_alike="separate_namesakes",
    ),
    Procedure(
        name="separate_namesakes",
        purpose="Two people of the same name, an order in the wrong one's account: move the order.",
        steps=(
            *(step("get_customer", customer_id=CUSTOMER), SEE_ORDER),
            step("move_order", order_id=ORDER, customer_id=CUSTOMER),
        ),
        look_alike="merge_accounts",
    ),
    Procedure(
        name="warranty_claim",
        purpose="Item failed in use within two years: manufacturer's warranty, and a replacement.",
        steps=(SEE_ORDER, step("open_warranty_claim", **ITEM), step("issue_replacement", **ITEM)),
        look_alike="transit_claim",
    ),
    Procedure(
        name="transit_claim",
        purpose="Item was damaged by the carrier in the parcel: claim from the carrier, and a replacement.",
        steps=(
            SEE_ORDER,
            SEE_PARCEL,
            step("file_carrier_claim", shipment_id=PARCEL),
            step("issue_replacement", **ITEM),
        ),
        look_alike="warranty_claim",
    ),
    Procedure(
        name="correct_address",
        purpose="New delivery address, no label printed: change it on the order.",
        steps=(SEE_ORDER, step("update_address", order_id=ORDER, address="text.address.0")),
        look_alike="reroute_parcel",
    ),
    Procedure(
        name="reroute_parcel",
        purpose="New delivery address when the label is printed or the parcel travels: reroute it.",
        steps=(SEE_ORDER, SEE_PARCEL, step("reroute_shipment", shipment_id=PARCEL, address="text.address.0")),
        look_alike="correct_address",
    ),
    Procedure(
        name="pause_subscription",
        purpose="Subscription is to rest for a time and resume on a day: pause it.",
        steps=(
            SEE_SUBSCRIPTION,
            step("pause_subscription", subscription_id=SUBSCRIPTION, until="text.date.0"),
        ),
        look_alike="cancel_subscription",
    ),
    Procedure(
        name="cancel_subscription",
        purpose="Subscription is no longer wanted: end it for good.",
        steps=(SEE_SUBSCRIPTION, step("cancel_subscription", subscription_id=SUBSCRIPTION)),
        look_alike="pause_subscription",
    ),
    Procedure(
        name="change_plan",
        purpose="Subscription is to go on with a smaller box: change the plan.",
        steps=(SEE_SUBSCRIPTION, step("change_plan", subscription_id=SUBSCRIPTION, plan='="small box"')),
        look_alike="cancel_subscription",
    ),
    Procedure(
        name="void_double_charge",
        purpose="One order was charged twice by a billing error: void the second payment.",
        steps=(SEE_ORDER, SEE_PAYMENTS, step("void_payment", payment_id="get_payments.payments.1.payment_id")),
        look_alike="cancel_second_order",
    ),
    Procedure(
        name="cancel_second_order",
        purpose="Customer ordered the same twice: cancel the second order and refund it.",
        steps=(
            step("get_order", order_id="text.order.1"),
            step("get_payments", order_id="text.order.1"),
            step("cancel_order", order_id="text.order.1"),
            step("refund_to_card", order_id="text.order.1", amount=PAID),
        ),
        look_alike="void_double_charge",
    ),
    Procedure(
        name="report_fraud",
        purpose="Order that the customer never placed, account misused: lock the account, cancel the order.",
        steps=(SEE_ORDER, step("lock_account", customer_id=CUSTOMER), step("cancel_order", order_id=ORDER)),
        look_alike="cancel_unshipped",
    ),
    Procedure(
        name="our_mistake",
        purpose="Wrong item through the shop's own error: prepaid label, and the right one is sent.",
        steps=(SEE_ORDER, step("send_prepaid_label", **ITEM), step("issue_replacement", **ITEM)),
        look_alike="own_mistake",
    ),
    Procedure(
        name="own_mistake",
        purpose="Wrong item through the customer's own error: return, the customer pays the postage.",
        steps=(SEE_ORDER, step("open_return", **ITEM), step("deduct_postage", **ITEM)),
        look_alike="our_mistake",
    ),
    Procedure(
        name="gift_back_by_receiver",
        purpose="Present is returned by the one who got it: return, its price to the writer's gift balance.",
        steps=(
            *(SEE_ORDER, step("open_return", **ITEM)),
            step("refund_to_balance", order_id=ORDER, customer_id=CUSTOMER, amount=PRICE),
        ),
        look_alike="gift_back_by_giver",
    ),
    Procedure(
        name="gift_back_by_giver",
        purpose="Present is returned by the one who bought it: return, its price to the buyer's card.",
        steps=(SEE_ORDER, step("open_return", **ITEM), step("refund_to_card", order_id=ORDER, amount=PRICE)),
        look_alike="gift_back_by_receiver",
    ),
)
HANDBOOK = {page.name: page for page in PAGES}
