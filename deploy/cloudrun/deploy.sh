#!/usr/bin/env bash
# Makes the Cloud Run job of job.yaml and has Cloud Scheduler run it every hour.
# It may be run again: what is there already is left or brought up to date.
#
#   PROJECT=acme-staging REGION=europe-west1 IMAGE=… deploy/cloudrun/deploy.sh
#
# IMAGE is what you built from the Dockerfile and pushed to a registry that the
# project can read. It needs a gcloud that is logged in as an owner, once.
set -euo pipefail
cd "$(dirname "$0")"

: "${PROJECT:?the project whose logs are read, and in which the job runs}"
: "${REGION:?a region, such as europe-west1}"
: "${IMAGE:?the image, with its digest}"
bucket=${BUCKET:-$PROJECT-logwhy-state}
account=logwhy@$PROJECT.iam.gserviceaccount.com
trigger=logwhy-trigger@$PROJECT.iam.gserviceaccount.com
schedule=${SCHEDULE:-17 * * * *}

there() { "$@" >/dev/null 2>&1; }

gcloud services enable run.googleapis.com cloudscheduler.googleapis.com logging.googleapis.com storage.googleapis.com \
  --project="$PROJECT"

for name in logwhy logwhy-trigger; do
  if ! there gcloud iam service-accounts describe "$name@$PROJECT.iam.gserviceaccount.com" --project="$PROJECT"; then
    gcloud iam service-accounts create "$name" --project="$PROJECT" --display-name="$name"
  fi
done

# Reading logs is all that it may do. Data access logs need
# roles/logging.privateLogViewer besides; logwhy does not ask for them.
gcloud projects add-iam-policy-binding "$PROJECT" --member="serviceAccount:$account" \
  --role=roles/logging.viewer --condition=None --quiet

# The state, with its older versions: a run that went wrong can be taken back.
if ! there gcloud storage buckets describe "gs://$bucket" --project="$PROJECT"; then
  gcloud storage buckets create "gs://$bucket" --project="$PROJECT" --location="$REGION" \
    --uniform-bucket-level-access --public-access-prevention
fi
gcloud storage buckets update "gs://$bucket" --versioning
gcloud storage buckets add-iam-policy-binding "gs://$bucket" --member="serviceAccount:$account" \
  --role=roles/storage.objectUser

sed -e "s|__PROJECT__|$PROJECT|g" -e "s|__REGION__|$REGION|g" -e "s|__IMAGE__|$IMAGE|g" \
  -e "s|__BUCKET__|$bucket|g" -e "s|__SERVICE_ACCOUNT__|$account|g" job.yaml |
  gcloud run jobs replace - --project="$PROJECT" --region="$REGION"

gcloud run jobs add-iam-policy-binding logwhy --project="$PROJECT" --region="$REGION" \
  --member="serviceAccount:$trigger" --role=roles/run.invoker

verb=create
if there gcloud scheduler jobs describe logwhy --project="$PROJECT" --location="$REGION"; then verb=update; fi
# The scheduler asks once: a try that failed says so in its log, and the next
# hour goes on where the last run ended.
gcloud scheduler jobs "$verb" http logwhy --project="$PROJECT" --location="$REGION" \
  --schedule="$schedule" --time-zone=Etc/UTC --http-method=POST --max-retry-attempts=0 \
  --uri="https://run.googleapis.com/v2/projects/$PROJECT/locations/$REGION/jobs/logwhy:run" \
  --oauth-service-account-email="$trigger"

echo "Done. To run it now: gcloud run jobs execute logwhy --project=$PROJECT --region=$REGION --wait"
