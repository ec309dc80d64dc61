"""The addresses of the fee desk. The names are the views' and the templates' names too."""

from django.urls import include, path

from ledger.views.challans import fee_challans
from ledger.views.charges import fee_charge, fee_concessions
from ledger.views.defaulters import (
    fee_defaulters,
    fee_defaulters_csv,
    fee_defaulters_xlsx,
)
from ledger.views.desk import fee_desk
from ledger.views.drawers import fee_drawer, fee_drawer_one
from ledger.views.receipts import fee_receipt, fee_refund, fee_reverse
from ledger.views.registers import fee_register, fee_register_template, fee_registers
from ledger.views.reports import fee_reports, fee_reports_csv, fee_reports_xlsx
from ledger.views.runs import fee_run, fee_runs
from ledger.views.statements import fee_family, fee_student

fees = [
    # the desk
    path("", fee_desk, name="fee_desk"),
    path("students/<int:pk>/", fee_student, name="fee_student"),
    path("families/<int:pk>/", fee_family, name="fee_family"),
    # paper and cash
    path("receipts/<int:number>/", fee_receipt, name="fee_receipt"),
    path("receipts/<int:number>/reverse/", fee_reverse, name="fee_reverse"),
    path("students/<int:pk>/refund/", fee_refund, name="fee_refund"),
    path("challans/", fee_challans, name="fee_challans"),
    path("drawer/", fee_drawer, name="fee_drawer"),
    path("drawers/<int:pk>/", fee_drawer_one, name="fee_drawer_one"),
    # what managers do
    path("runs/", fee_runs, name="fee_runs"),
    path("runs/<str:month>/", fee_run, name="fee_run"),
    path("students/<int:pk>/charge/", fee_charge, name="fee_charge"),
    path("students/<int:pk>/concessions/", fee_concessions, name="fee_concessions"),
    path("reports/", fee_reports, name="fee_reports"),
    path("reports.csv", fee_reports_csv, name="fee_reports_csv"),
    path("reports.xlsx", fee_reports_xlsx, name="fee_reports_xlsx"),
    # who owes
    path("defaulters/", fee_defaulters, name="fee_defaulters"),
    path("defaulters.csv", fee_defaulters_csv, name="fee_defaulters_csv"),
    path("defaulters.xlsx", fee_defaulters_xlsx, name="fee_defaulters_xlsx"),
    # the old register
    path("register/", fee_registers, name="fee_registers"),
    path("register/<int:pk>/", fee_register, name="fee_register"),
    path("register/template.xlsx", fee_register_template, name="fee_register_template"),
]

urlpatterns = [path("fees/", include(fees))]
