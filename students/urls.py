from django.urls import path
from django.views.generic import RedirectView

from students import views

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="student_list", query_string=True), name="home"),
    path("students/", views.student_list, name="student_list"),
    path("students/average-fees/", views.average_fees, name="average_fees"),
    path("students/statistics/", views.statistics, name="statistics"),
    path("students/statistics.csv", views.statistics_csv, name="statistics_csv"),
    path("students/changes/", views.student_changes, name="student_changes"),
    path("students/changes.csv", views.changes_csv, name="changes_csv"),
    path("students/city/<path:city>/", views.student_list, name="city"),
    path("students/print/", views.student_print, name="student_print"),
    path("students/add/", views.student_add, name="student_add"),
    path("students/export.csv", views.export_csv, name="export_csv"),
    path("students/export.xlsx", views.export_xlsx, name="export_xlsx"),
    path("students/import/", views.student_imports, name="student_imports"),
    path("students/import/template.xlsx", views.import_template, name="import_template"),
    path("students/import/<int:pk>/", views.student_import, name="student_import"),
    path("students/import/<int:pk>/columns/", views.import_columns, name="import_columns"),
    path("students/import/<int:pk>/errors.xlsx", views.import_errors, name="import_errors"),
    path("students/<int:pk>/", views.student_detail, name="student_detail"),
    path("students/<int:pk>/edit/", views.student_edit, name="student_edit"),
    path("students/<int:pk>/left/", views.student_left, name="student_left"),
    path("students/<int:pk>/back/", views.student_back, name="student_back"),
    path("students/families/<int:pk>/", views.family_detail, name="family_detail"),
]
