"""The portal's JSON as typed structs: the keys that matter, each as loosely as the data needs it.

The parts that make a procedure up are required: a record without them is rejected, so that a change of the
interface is never taken for a procedure without papers. Lists may hold nulls.
"""

from typing import Annotated, Literal

from msgspec import Meta, Raw, Struct

Text = str | None
Flag = bool | None
Moment = int | float | str | None  # epoch milliseconds in all that was seen
Quantity = Annotated[int, Meta(ge=0, le=1_000_000)] | None


class Shape(Struct, rename="camel", gc=False):
    """Base of everything that is decoded. Unknown keys are passed over."""


class Named(Shape):
    """A coded thing: a sector, an audience, an output, an act, an agency, a group of services."""

    id: Text = None
    code: Text = None
    name: Text = None


Things = list[Named | None] | None


class FeeLine(Shape):
    type: Literal["FEE", "SERVICE_FEE", "PRICE_LEVEL"]
    value: int | float | None = None
    currency_name: Text = None
    description: Text = None
    attachment: Raw = Raw(b"null")


class Method(Shape):
    submission_method: Literal["ONLINE", "DIRECT", "POSTAL"]
    processing_time: int | float | str | None = None
    processing_time_unit: Literal["WORKING_DAY", "DAY", "HOUR", "MONTH", "YEAR", "OTHER"] | None = None
    description: Text = None
    fees: list[FeeLine | None] | None = None


class Step(Shape):
    name: Text = None
    description: Text = None


class Attachment(Shape):
    file_name: Text = None
    file_path: Text = None


class Component(Shape):
    name: Text = None
    code: Text = None
    original_qty: Quantity = None
    copy_qty: Quantity = None
    has_electronic_form: Flag = None
    attachments: list[Attachment | None] | None = None


class ExecutionCase(Shape):
    name: Text = None
    profile_components: list[Component | None] | None = None


class Returning(Shape):
    type: Text = None
    value: list[str | None] | None = None


class Proposal(Shape):
    id: Text = None
    proposal_number: Text = None
    decision_date: Moment = None
    publication_date: Moment = None
    issuing_agency: Named | None = None
    proposal_type: Text = None


class Detail(Shape):
    """A whole procedure: ``detail`` of a file of the data set, ``data`` of the portal's answer."""

    id: Text
    code: Text
    name: Text
    execution_steps: list[Step | None] | None
    execution_methods: list[Method | None] | None
    execution_cases: list[ExecutionCase | None] | None
    type: Text = None
    description: Text = None
    requirements_and_conditions: Text = None
    keywords: Text = None
    note: Text = None
    dossier_receiving_addresses: Text = None
    is_ministry: Flag = None
    is_province: Flag = None
    is_ward: Flag = None
    is_other_agency: Flag = None
    is_vertical: Flag = None
    is_non_territorial: Flag = None
    is_shared_service: Flag = None
    is_internal: Flag = None
    is_offline_only: Flag = None
    is_full_process: Flag = None
    categories_details: Things = None
    subject_types_details: Things = None
    results_details: Things = None
    legal_basises_details: Things = None
    service_groups_details: Things = None
    department_promulgate_name: Text = None
    department_promulgate_code: Text = None
    departments_executing: Things = None
    departments_authority: Things = None
    departments_coordinating: Things = None
    departments_authorized: Things = None
    unit_groups_executing: Things = None
    unit_groups_authority: Things = None
    unit_groups_coordinating: Things = None
    unit_groups_authorized: Things = None
    returning_methods: list[Returning | None] | None = None
    procedure_proposal: Proposal | None = None
    created_at: Moment = None
    updated_at: Moment = None


class Row(Shape):
    """One line of the portal's list: much less than a procedure."""

    id: Text
    code: Text
    name: Text
    type: Text = None
    categories: list[Text] | None = None
    departments: list[Text] | None = None
    department_promulgate: Text = None
    formality_target_type: list[Text] | None = None
