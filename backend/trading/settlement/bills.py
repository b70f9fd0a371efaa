"""What a household owes, in whole centimes, and the Swiss QR bill that asks for it.

The standard: Swiss Implementation Guidelines QR-bill, SIX. Less than a centime stays on the account.
"""

from qrbill import QRBill
from stdnum import iso11649

from trading.grid.models import Customer
from trading.settlement.models import BankAccount

URP_PER_RP = 10**6
CHECK_ROW = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)  # of the recursive check digit modulo 10
QR_DIGITS = 27


def due_rp(account):
    """What is to be paid in at the end of a month; 0 if nothing is."""
    return max(-account.closing_urp, 0) // URP_PER_RP


def reference(customer, month):
    """The 27 digits by which a payment for a month finds its household."""
    digits = f"{customer.dso_id:06d}{customer.pk:010d}{month:%Y%m}0000"
    return digits + check_digit(digits)


def creditor_reference(customer):
    """The same by ISO 11649 (SCOR), for who pays without the bill."""
    bare = f"C{customer.dso_id:05d}{customer.pk:010d}"
    return iso11649.format(f"RF{_iso11649_check(bare)}{bare}").replace(" ", "")


def customer_of(reference, *, dso):
    """Whose reference this is; None if it is none of ours."""
    plain = reference.replace(" ", "").upper()
    key = _key_of(plain, dso)
    return None if key is None else Customer.objects.filter(dso=dso, pk=key, is_utility=False).first()


def check_digit(digits):
    """The recursive check digit modulo 10 of a QR reference.

    >>> check_digit("21000000000313947143000901")  # from the guidelines
    '7'
    """
    carry = 0
    for digit in digits:
        carry = CHECK_ROW[(carry + int(digit)) % 10]
    return str((10 - carry) % 10)


def bill(account, *, customer, language):
    """The QR bill of an amount due; None where nothing is, or nobody said where to pay it."""
    bank = BankAccount.objects.filter(dso=customer.dso_id).first()
    amount_rp = due_rp(account)
    if bank is None or amount_rp == 0:
        return None
    creditor = {
        "name": bank.holder,
        "street": bank.street,
        "house_num": bank.house_number,
        "pcode": bank.postcode,
        "city": bank.town,
        "country": bank.country,
    }
    return QRBill(
        account=bank.qr_iban,
        creditor={key: value for key, value in creditor.items() if value},
        amount=f"{amount_rp // 100}.{amount_rp % 100:02d}",
        reference_number=reference(customer, account.month),
        additional_information=f"CEEX {customer.number} {account.month:%Y-%m}",
        language=language,
    )


def _iso11649_check(bare):
    number = int("".join(str(int(sign, 36)) for sign in bare + "RF00"))
    return f"{98 - number % 97:02d}"


def _key_of(plain, dso):
    if (
        plain.isascii()
        and plain.isdigit()
        and len(plain) == QR_DIGITS
        and check_digit(plain[:-1]) == plain[-1]
    ):
        return int(plain[6:16]) if int(plain[:6]) == dso.pk else None
    if plain.startswith("RF") and iso11649.is_valid(plain) and plain[4:5] == "C" and plain[5:].isdigit():
        return int(plain[10:20]) if len(plain) == 20 and int(plain[5:10]) == dso.pk else None
    return None
