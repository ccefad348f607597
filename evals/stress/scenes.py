"""What the tests are about: requests to a shop, worded one way in the past and another way now.

No content word of a past wording stands in a present one (``tests/evals/test_stress.py``), so that only the meaning can
lead from one to the other. The things that requests are about are of no consequence.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One kind of request: how it was worded in the past, how it is now, and in other languages."""

    name: str
    past: tuple[str, ...]
    now: tuple[str, ...]
    abroad: tuple[str, ...]  # Spanish, German, French


PAST_THINGS = ("kettle", "lamp", "rug", "mirror", "drill", "tent", "clock", "chair", "pan", "scarf", "globe", "harp")
NOW_THINGS = ("toaster", "sofa", "bicycle", "camera", "jacket", "blender", "guitar", "desk", "vase", "helmet", "radio")

SCENES = (
    Scene(
        name="refund",
        past=("Give the buyer their money back for the {thing}", "Pay back what was charged for the {thing}"),
        now=("Reimburse the customer over the {thing}", "The client wants compensation concerning a {thing}"),
        abroad=(
            "Devuelva el dinero al cliente por la compra",
            "Erstatten Sie dem Kunden den Kaufpreis",
            "Remboursez le client pour son achat",
        ),
    ),
    Scene(
        name="reroute",
        past=("Bring the {thing} to another street than was written", "Put a new house number on the {thing} parcel"),
        now=("Update the delivery address of the {thing}", "The client moved, so ship the {thing} elsewhere"),
        abroad=(
            "Cambie la dirección de entrega del pedido",
            "Ändern Sie die Lieferadresse der Bestellung",
            "Changez l'adresse de livraison de la commande",
        ),
    ),
    Scene(
        name="cancel",
        past=("Call off the order of the {thing}", "Stop it, the {thing} is no longer needed"),
        now=("Annul the purchase of the {thing}", "Withdraw the request for a {thing}, minds were changed"),
        abroad=("Anule el pedido", "Stornieren Sie die Bestellung", "Annulez la commande"),
    ),
    Scene(
        name="repair",
        past=("Mend the {thing} that broke", "The {thing} does not run, have it fixed"),
        now=("The {thing} is faulty, arrange a technician", "Restore that malfunctioning {thing} to working condition"),
        abroad=("Repare el aparato averiado", "Reparieren Sie das defekte Gerät", "Réparez l'appareil en panne"),
    ),
    Scene(
        name="bill",
        past=("Write out a bill for the {thing}", "Draw up the invoice about the {thing}"),
        now=("Issue a receipt regarding the {thing}", "Bookkeeping requires documentation of the {thing}"),
        abroad=("Emita una factura", "Stellen Sie eine Rechnung aus", "Établissez une facture"),
    ),
    Scene(
        name="stock",
        past=("Count how many of the {thing} are on the shelf", "Look whether the {thing} is still in store"),
        now=("Verify warehouse availability: {thing}", "Inventory check regarding the {thing}"),
        abroad=(
            "Compruebe si queda alguno en el almacén",
            "Prüfen Sie den Lagerbestand",
            "Vérifiez s'il en reste en stock",
        ),
    ),
    Scene(
        name="discount",
        past=("Take a tenth off the price of the {thing}", "Make the {thing} cheaper for them"),
        now=("Apply a rebate to the {thing}", "Grant a markdown on the {thing}"),
        abroad=("Aplique un descuento", "Gewähren Sie einen Rabatt", "Accordez une remise"),
    ),
    Scene(
        name="remind",
        past=("Tell the borrower again that the {thing} is due", "Write a letter, the {thing} is overdue"),
        now=("Send a reminder notification on the {thing}", "Alert the account holder: {thing} deadline passed"),
        abroad=(
            "Recuérdele al cliente que el plazo ha vencido",
            "Erinnern Sie den Kunden an die abgelaufene Frist",
            "Rappelez au client que le délai est dépassé",
        ),
    ),
    Scene(
        name="insure",
        past=("Cover the {thing} against theft", "See that the {thing} is safe from loss by a policy"),
        now=("Arrange insurance protecting the {thing}", "Underwrite burglary risks for this {thing}"),
        abroad=(
            "Contrate un seguro contra robo",
            "Schließen Sie eine Versicherung gegen Diebstahl ab",
            "Souscrivez une assurance contre le vol",
        ),
    ),
    Scene(
        name="rate",
        past=("Ask what they think of the {thing}", "Have them say how good the {thing} was"),
        now=("Collect feedback concerning the {thing}", "Invite a review and star rating: {thing}"),
        abroad=(
            "Pida al cliente su opinión",
            "Bitten Sie den Kunden um eine Bewertung",
            "Demandez son avis au client",
        ),
    ),
)
